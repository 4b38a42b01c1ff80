# How many connections an instance takes, and whether what the service may open fits.

locals {
  memory_gib = {
    micro     = 1
    small     = 2
    medium    = 4
    large     = 8
    xlarge    = 16
    "2xlarge" = 32
    "4xlarge" = 64
    "8xlarge" = 128
  }

  family = split(".", var.instance_class)[1]
  size   = split(".", var.instance_class)[2]

  # Classes of the r families have twice the memory of an m of the same size.
  memory = local.memory_gib[local.size] * (startswith(local.family, "r") ? 2 : 1)

  # AWS's own default is about 85 for each GiB of the class. This is three quarters of it, and a figure that is known
  # before the instance is there: a connection costs memory, and the smallest classes have little to spare.
  max_connections = min(local.memory * 64, 16000)

  # The smallest classes have no Performance Insights; Aurora has none on t3 at all.
  has_performance_insights = !contains(["micro", "small"], local.size) && !(local.is_aurora && local.family == "t3")

  is_aurora = var.engine == "aurora-mysql"
}

# Part of the plan, so that a service that can exhaust its database is never applied.
resource "terraform_data" "connections_fit" {
  input = { needed = var.connections_needed, available = local.max_connections }

  lifecycle {
    precondition {
      condition     = var.connections_needed <= local.max_connections
      error_message = "The service may open ${var.connections_needed} database connections (ecs_max_count x 2 during a rollout x 2 pools x db_connections_per_task + 8), but ${var.instance_class} takes ${local.max_connections}. Lower ecs_max_count or db_connections_per_task, or take a larger db_instance_class."
    }
  }
}
