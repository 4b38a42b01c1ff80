locals {
  throttled_routes = {
    "GET /api/v1/analytics/{report}" = { rate = var.report_throttle_rate, burst = var.report_throttle_rate * 2 }
    "POST /api/v1/data/seed"         = { rate = 1, burst = 2 }
  }
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.throttle_rate
    throttling_burst_limit   = var.throttle_burst
    detailed_metrics_enabled = true
  }

  dynamic "route_settings" {
    for_each = local.throttled_routes
    content {
      route_key                = route_settings.key
      throttling_rate_limit    = route_settings.value.rate
      throttling_burst_limit   = min(route_settings.value.burst, var.throttle_burst)
      detailed_metrics_enabled = true
    }
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    # Numbers as texts: a value that is missing is "-", which no JSON number can be.
    format = jsonencode({
      request_id            = "$context.requestId"
      time                  = "$context.requestTime"
      client_ip             = "$context.identity.sourceIp"
      method                = "$context.httpMethod"
      path                  = "$context.path"
      route                 = "$context.routeKey"
      status                = "$context.status"
      response_bytes        = "$context.responseLength"
      latency_ms            = "$context.responseLatency"
      service_latency_ms    = "$context.integrationLatency"
      service_status        = "$context.integrationStatus"
      error                 = "$context.error.message"
      error_of_service_link = "$context.integrationErrorMessage"
    })
  }

  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_338:kept as long as the environment asks for; a year by default
  name              = "/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
