"""Charts: each a pure function of the table and the findings, the same in a notebook, the report and the page."""

from skillscale.views.charts.allocation import draw_allocation
from skillscale.views.charts.breaks import draw_breaks, draw_by_loss
from skillscale.views.charts.calibration import draw_abstention, draw_reliability
from skillscale.views.charts.chains import draw_chains
from skillscale.views.charts.fit import draw_fit, draw_residuals, draw_starts
from skillscale.views.charts.forecast import draw_forecast
from skillscale.views.charts.held_out import draw_held_out
from skillscale.views.charts.loss import draw_loss_by_compute, draw_loss_by_scale
from skillscale.views.charts.ranking import draw_ranking
from skillscale.views.charts.ranks import draw_ranks
from skillscale.views.charts.reinforcement import draw_reinforcement
from skillscale.views.charts.skill_graph import draw_competence, draw_tuples
from skillscale.views.charts.skill_mix import draw_by_scale, draw_over_k
from skillscale.views.charts.tasks import draw_classes, draw_tasks
from skillscale.views.charts.test_time import (
    draw_coverage,
    draw_crossover,
    draw_iso_accuracy,
    draw_selectors,
    draw_train_and_test,
)
from skillscale.views.charts.theme import AnyChart, Shade, config, dressed, themed
from skillscale.views.charts.theory import draw_departures, draw_frontier
from skillscale.views.charts.training import draw_training
from skillscale.views.charts.weighted_sum import draw_weighted_sum
from skillscale.views.charts.writing import write_chart

__all__ = [
    "AnyChart",
    "Shade",
    "config",
    "draw_abstention",
    "draw_allocation",
    "draw_breaks",
    "draw_by_loss",
    "draw_by_scale",
    "draw_chains",
    "draw_classes",
    "draw_competence",
    "draw_coverage",
    "draw_crossover",
    "draw_departures",
    "draw_fit",
    "draw_forecast",
    "draw_frontier",
    "draw_held_out",
    "draw_iso_accuracy",
    "draw_loss_by_compute",
    "draw_loss_by_scale",
    "draw_over_k",
    "draw_ranking",
    "draw_ranks",
    "draw_reinforcement",
    "draw_reliability",
    "draw_residuals",
    "draw_selectors",
    "draw_starts",
    "draw_tasks",
    "draw_train_and_test",
    "draw_training",
    "draw_tuples",
    "draw_weighted_sum",
    "dressed",
    "themed",
    "write_chart",
]
