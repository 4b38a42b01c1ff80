# Four boards, one for each question: does it answer, does it have room, is the database well, how is business.
# dashboard_*.tf list what is on them: title, and lines as [namespace, metric, dimension, value, …, options].

locals {
  boards = {
    application    = local.application_board
    infrastructure = local.infrastructure_board
    database       = local.database_board
    business       = local.business_board
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  for_each = local.boards

  dashboard_name = "${var.name}-${each.key}"
  dashboard_body = jsonencode({
    widgets = [for index, widget in each.value : {
      type   = "metric"
      x      = (index % 2) * 12
      y      = floor(index / 2) * 6
      width  = 12
      height = 6
      properties = {
        title   = widget.title
        region  = var.aws_region
        view    = "timeSeries"
        stat    = widget.stat
        period  = widget.period
        metrics = widget.metrics
        yAxis   = { left = { min = 0 } }
      }
    }]
  })
}
