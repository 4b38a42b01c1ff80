# ECS forgets a stopped task within an hour. Here the reasons are kept, and counted.

resource "aws_cloudwatch_event_rule" "tasks_ended" {
  name        = "${var.name}-tasks-ended"
  description = "Tasks of the service that ended"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      lastStatus = ["STOPPED"]
      group      = ["service:${var.service_name}"]
      clusterArn = [{ suffix = "/${var.cluster_name}" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "tasks_ended" {
  rule = aws_cloudwatch_event_rule.tasks_ended.name
  arn  = aws_cloudwatch_log_group.task_events.arn
}

resource "aws_cloudwatch_log_group" "task_events" {
  #checkov:skip=CKV_AWS_338:kept as long as the environment asks for; a year by default
  name              = "/aws/events/${var.name}/tasks"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_resource_policy" "task_events" {
  policy_name     = "${var.name}-task-events"
  policy_document = data.aws_iam_policy_document.task_events.json
}

data "aws_iam_policy_document" "task_events" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.task_events.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }
  }
}

# Not the tasks that scaling or a rollout ended.
resource "aws_cloudwatch_log_metric_filter" "tasks_ended" {
  name           = "${var.name}-tasks-ended"
  log_group_name = aws_cloudwatch_log_group.task_events.name
  pattern        = "{ $.detail.stopCode = \"EssentialContainerExited\" || $.detail.stopCode = \"TaskFailedToStart\" }"

  metric_transformation {
    namespace     = local.own_namespace
    name          = "TasksEnded"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}
