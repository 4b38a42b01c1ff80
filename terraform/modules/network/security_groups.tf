# Who may talk to whom, all in one table: gateway → load balancer → service → database, and both kinds of programs to
# AWS's own services. Nothing else is let through.

locals {
  groups = {
    gateway       = "API Gateway link into the VPC"
    load_balancer = "Load balancer of the API"
    service       = "Tasks of the API"
    functions     = "Lambda functions"
    database      = "Database"
    endpoints     = "Private endpoints of AWS services"
  }

  conversations = {
    gateway_to_load_balancer = { from = "gateway", to = "load_balancer", port = var.load_balancer_port }
    load_balancer_to_service = { from = "load_balancer", to = "service", port = var.container_port }
    service_to_database      = { from = "service", to = "database", port = 3306 }
    functions_to_database    = { from = "functions", to = "database", port = 3306 }
    service_to_endpoints     = { from = "service", to = "endpoints", port = 443 }
    functions_to_endpoints   = { from = "functions", to = "endpoints", port = 443 }
  }
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:attached by the modules that run something, from the output security_group_ids
  for_each = local.groups

  name        = "${var.name}-${replace(each.key, "_", "-")}"
  description = each.value
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-${replace(each.key, "_", "-")}" }
}

resource "aws_vpc_security_group_egress_rule" "conversation" {
  for_each = local.conversations

  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = "To ${each.value.to}"
}

resource "aws_vpc_security_group_ingress_rule" "conversation" {
  for_each = local.conversations

  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = "From ${each.value.from}"
}

# Images, logs, secrets and Slack are reached by TLS; their addresses change, so the port is what can be fixed.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = toset(["service", "functions"])

  security_group_id = aws_security_group.this[each.key].id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "TLS to AWS services and Slack"
}
