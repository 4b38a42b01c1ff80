locals {
  behind_the_load_balancer = { LoadBalancer = var.load_balancer_arn_suffix, TargetGroup = var.target_group_arn_suffix }

  application_alarms = merge({
    slow-answers = {
      description = "95th percentile of the answer time above ${var.p95_seconds} s"
      namespace   = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local.behind_the_load_balancer
      statistic   = "p95", period = 60, periods = 5, below = false, threshold = var.p95_seconds
    }
    unhealthy-tasks = {
      description = "Tasks that fail their health check"
      namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local.behind_the_load_balancer
      statistic   = "Maximum", period = 60, periods = 3, below = false, threshold = 0
    }
    }, var.gateway == null ? {} : {
    throttled-requests = {
      description = "Requests refused by the gateway's throttle: raise it, or find who sends so many"
      namespace   = local.own_namespace, metric = "ThrottledRequests", dimensions = {}
      statistic   = "Sum", period = 300, periods = 1, below = false, threshold = 100
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "error_share" {
  alarm_name          = "${var.name}-error-share"
  alarm_description   = "More than ${var.error_percent} % of the answers have a status 5xx"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_percent
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "share"
    label       = "Share of 5xx in percent"
    expression  = "IF(answered > 0, 100 * failed / answered, 0)"
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
        period      = 60
        dimensions  = { LoadBalancer = var.load_balancer_arn_suffix }
      }
    }
  }
}

# What was answered, not RequestCount: that one counts only requests for which a task could be chosen, and is missing when
# there is none and every request ends as 503. Answers 4xx of the load balancer itself are about no task.
# Nothing is published for a minute without such an answer: FILL, and arithmetic where a metric never had a value yet,
# take it for 0.
locals {
  answer_metrics = {
    target_2xx   = "HTTPCode_Target_2XX_Count"
    target_3xx   = "HTTPCode_Target_3XX_Count"
    target_4xx   = "HTTPCode_Target_4XX_Count"
    target_5xx   = "HTTPCode_Target_5XX_Count"
    balancer_5xx = "HTTPCode_ELB_5XX_Count"
  }

  answer_sums = {
    answered = join(" + ", [for id in keys(local.answer_metrics) : "FILL(${id}, 0)"])
    failed   = join(" + ", [for id in keys(local.answer_metrics) : "FILL(${id}, 0)" if endswith(id, "_5xx")])
  }

  own_namespace = "${var.name}/Platform"
}

# The gateway counts refusals among all 4xx; its access log tells them apart. What the API or the firewall refuses has the
# status of the service behind; the gateway's own refusals never got there, and have "-".
resource "aws_cloudwatch_log_metric_filter" "throttled" {
  count = var.gateway == null ? 0 : 1

  name           = "${var.name}-throttled"
  log_group_name = var.gateway.log_group_name
  pattern        = "{ $.status = \"429\" && $.service_status = \"-\" }"

  metric_transformation {
    namespace     = local.own_namespace
    name          = "ThrottledRequests"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}
