"""The console's pages, one file for each kind of thing a person does there."""

from fastapi import APIRouter

from service.console.pages import acting, following, listing, nowhere, pictures, preferring, seconding, showing, signing

ROUTERS: tuple[APIRouter, ...] = (
    signing.router,
    listing.router,
    showing.router,
    acting.start_router,
    acting.router,
    seconding.router,
    pictures.router,
    following.router,
    preferring.router,
    nowhere.router,  # last: it takes whatever is left
)
