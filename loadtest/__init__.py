"""Viewers for a tier: the pure player and workload models, and a load test of them with Locust."""

from loadtest.player import Player
from loadtest.report import KindRow, LoadtestReport, Progress
from loadtest.run import LoadtestError, run_loadtest
from loadtest.session import Action, Done, Failure, Get, Outcome, PlayerSettings, Problem, Qoe, Wait
from loadtest.settings import LoadtestSettings
from loadtest.workload import Viewing, arrivals_ms, viewings

__all__ = [
    "Action",
    "Done",
    "Failure",
    "Get",
    "KindRow",
    "LoadtestError",
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
    "run_loadtest",
    "viewings",
]
