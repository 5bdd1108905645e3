"""Charts: each a pure function of the table and the findings, the same in a notebook, the report and the page."""

from skillscale.views.charts.chains import draw_chains
from skillscale.views.charts.forecast import draw_forecast
from skillscale.views.charts.loss import draw_loss_by_compute, draw_loss_by_scale
from skillscale.views.charts.ranks import draw_ranks
from skillscale.views.charts.tasks import draw_tasks
from skillscale.views.charts.theme import AnyChart, Shade, config, themed
from skillscale.views.charts.training import draw_training
from skillscale.views.charts.weighted_sum import draw_weighted_sum

__all__ = [
    "AnyChart",
    "Shade",
    "config",
    "draw_chains",
    "draw_forecast",
    "draw_loss_by_compute",
    "draw_loss_by_scale",
    "draw_ranks",
    "draw_tasks",
    "draw_training",
    "draw_weighted_sum",
    "themed",
]
