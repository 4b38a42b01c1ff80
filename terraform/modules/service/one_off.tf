# What `eap doctor --inside` starts: one command where the service is, with its image, settings, secrets and role. No
# `migrate` goes before it: it has to run where the database cannot be reached, and it changes nothing.

locals {
  once = merge(local.container, {
    name      = "once"
    command   = ["doctor"]
    essential = true
    secrets   = local.database_secrets
  })
}

resource "aws_ecs_task_definition" "once" {
  family                   = "${var.name}-once"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.once])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  # Nothing starts before its role may read its secrets.
  depends_on = [aws_iam_role_policy.execution]
}
