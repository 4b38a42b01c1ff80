locals {
  parameters = {
    require_secure_transport = "1"
    max_connections          = tostring(local.max_connections)
    slow_query_log           = "1"
    long_query_time          = "1"
    log_output               = "FILE"
  }
}

resource "aws_db_parameter_group" "mysql" {
  count = local.is_aurora ? 0 : 1

  name        = "${var.name}-mysql84"
  family      = "mysql8.4"
  description = "TLS only, slow queries logged"

  dynamic "parameter" {
    for_each = local.parameters
    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_rds_cluster_parameter_group" "aurora" {
  count = local.is_aurora ? 1 : 0

  name        = "${var.name}-aurora-mysql80"
  family      = "aurora-mysql8.0"
  description = "TLS only, slow queries logged"

  dynamic "parameter" {
    for_each = local.parameters
    content {
      # Aurora's switch has words where MySQL's has numbers.
      name  = parameter.key
      value = parameter.key == "require_secure_transport" ? "ON" : parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
