"""The report: one HTML file a person reads, with every figure's sentence derived from the numbers."""

from skillscale.views.report.figure import Figure, Link
from skillscale.views.report.page import figures_of, render_report
from skillscale.views.report.source import ReportSource

__all__ = ["Figure", "Link", "ReportSource", "figures_of", "render_report"]
