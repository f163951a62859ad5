"""Viewers for a tier: the pure player and workload models. To run them with Locust: ``loadtest.run``."""

from loadtest.player import Player
from loadtest.report import KindRow, LoadtestReport, Progress
from loadtest.session import Action, Done, Failure, Get, Outcome, PlayerSettings, Problem, Qoe, Wait
from loadtest.settings import LoadtestSettings
from loadtest.workload import Viewing, arrivals_ms, viewings

__all__ = [
    "Action",
    "Done",
    "Failure",
    "Get",
    "KindRow",
    "LoadtestReport",
    "LoadtestSettings",
    "Outcome",
    "Player",
    "PlayerSettings",
    "Problem",
    "Progress",
    "Qoe",
    "Viewing",
    "Wait",
    "arrivals_ms",
    "viewings",
]
