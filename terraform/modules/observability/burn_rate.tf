# How fast the error budget of the objective burns. Fast: a month's budget in two days; slow: in five. Each needs a long
# window, so that a blip does not wake anybody, and a short one, so that the alarm ends when the trouble does.

locals {
  error_budget = (100 - var.slo_percent) / 100

  burn_windows = {
    fast-long  = { minutes = 60, burn = 14.4 }
    fast-short = { minutes = 5, burn = 14.4 }
    slow-long  = { minutes = 360, burn = 6 }
    slow-short = { minutes = 30, burn = 6 }
  }
}

resource "aws_cloudwatch_metric_alarm" "burn_window" {
  for_each = local.burn_windows

  alarm_name          = "${var.name}-burn-${each.key}"
  alarm_description   = "Share of failed requests over ${each.value.minutes} minutes above ${each.value.burn} times what ${var.slo_percent} % leaves"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.burn * local.error_budget
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "share"
    label       = "Share of failed requests"
    expression  = "IF(answered > 0, failed / answered, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.answer_sums
    content {
      id         = metric_query.key
      expression = metric_query.value
    }
  }

  dynamic "metric_query" {
    for_each = local.answer_metrics
    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = each.value.minutes * 60
        dimensions  = { LoadBalancer = var.load_balancer_arn_suffix }
      }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "budget_burn" {
  for_each = toset(["fast", "slow"])

  alarm_name        = "${var.name}-budget-burns-${each.key}"
  alarm_description = "The error budget of ${var.slo_percent} % is used up in ${each.key == "fast" ? "two" : "five"} days if this goes on"
  alarm_rule        = "ALARM(\"${aws_cloudwatch_metric_alarm.burn_window["${each.key}-long"].alarm_name}\") AND ALARM(\"${aws_cloudwatch_metric_alarm.burn_window["${each.key}-short"].alarm_name}\")"
  alarm_actions     = [aws_sns_topic.alarms.arn]
  ok_actions        = [aws_sns_topic.alarms.arn]
}
