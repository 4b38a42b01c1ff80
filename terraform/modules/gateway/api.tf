# The public door. An HTTP API answers within 30 seconds and takes bodies up to 10 MB; larger imports go in parts.

resource "aws_apigatewayv2_api" "this" {
  name          = "${var.name}-api"
  protocol_type = "HTTP"
  description   = "Public address of ${var.name}"

  # With a domain there is one address, not two.
  disable_execute_api_endpoint = var.domain_name != ""
}

resource "aws_apigatewayv2_vpc_link" "this" {
  name               = var.name
  subnet_ids         = var.private_subnet_ids
  security_group_ids = [var.security_group_id]
}

resource "aws_apigatewayv2_integration" "service" {
  api_id             = aws_apigatewayv2_api.this.id
  integration_type   = "HTTP_PROXY"
  integration_method = "ANY"
  integration_uri    = var.listener_arn
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.this.id

  timeout_milliseconds = 30000

  # Overwritten, not appended: what a client sends under these names never arrives.
  request_parameters = {
    "overwrite:header.x-request-id" = "$context.requestId"
    "overwrite:header.x-client-ip"  = "$context.identity.sourceIp"
  }

  dynamic "tls_config" {
    for_each = var.domain_name == "" ? [] : [var.domain_name]
    content {
      server_name_to_verify = tls_config.value
    }
  }
}

# Routes exist so that they can be throttled apart; the service decides what it answers and to whom.
resource "aws_apigatewayv2_route" "this" {
  #checkov:skip=CKV_AWS_309:the service checks its own keys and scopes on every route
  for_each = toset(concat(["$default"], keys(local.throttled_routes)))

  api_id    = aws_apigatewayv2_api.this.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.service.id}"
}
