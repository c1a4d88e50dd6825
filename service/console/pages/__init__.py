"""The console's pages, one file for each kind of thing a person does there."""

from fastapi import APIRouter

from service.console.pages import (
    acting,
    asking,
    bulking,
    drifting,
    following,
    listing,
    modelling,
    nowhere,
    pictures,
    preferring,
    providing,
    rescreening,
    seconding,
    setting,
    showing,
    signing,
    supervising,
    working,
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
    setting.router,  # before the releases: its address is longer
    modelling.router,
    working.router,
    drifting.router,
    asking.router,
    rescreening.router,
    pictures.router,
    following.router,
    preferring.router,
    nowhere.router,  # last: it takes whatever is left
)
