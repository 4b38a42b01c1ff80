# Questions that somebody asks in trouble, ready in CloudWatch Logs Insights.

locals {
  saved_queries = {
    errors        = "fields @timestamp, @message | filter level = 'ERROR' or level = 'WARN' | sort @timestamp desc | limit 200"
    slow-requests = "fields @timestamp, method, route, status, duration_ms | filter duration_ms > 500 | sort duration_ms desc | limit 100"
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.saved_queries

  name            = "${var.name}/${each.key}"
  log_group_names = [var.api_log_group_name]
  query_string    = each.value
}
