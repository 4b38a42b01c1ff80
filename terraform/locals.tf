locals {
  # TLS between gateway and load balancer needs a name that a certificate can be for. Without a domain that leg is plain
  # HTTP inside the VPC; the way from the client to the gateway is always TLS.
  load_balancer_port = var.domain_name == "" ? 80 : 443
  certificate_arn    = var.domain_name == "" ? null : aws_acm_certificate_validation.api[0].certificate_arn

  # While a new version rolls out twice the tasks run, each with two pools; a few connections stay for migrations, model
  # fitting and people.
  database_connections_needed = var.ecs_max_count * 2 * 2 * var.db_connections_per_task + 8
}
