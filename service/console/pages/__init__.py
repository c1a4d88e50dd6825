"""The console's pages, one file for each kind of thing a person does there."""

from fastapi import APIRouter

from service.console.pages import (
    acting,
    bulking,
    following,
    listing,
    nowhere,
    pictures,
    preferring,
    providing,
    seconding,
    showing,
    signing,
    supervising,
)

ROUTERS: tuple[APIRouter, ...] = (
    signing.router,
    providing.router,
    listing.router,
    showing.router,
    acting.start_router,
    acting.router,
    seconding.router,
    bulking.router,
    supervising.router,
    pictures.router,
    following.router,
    preferring.router,
    nowhere.router,  # last: it takes whatever is left
)
