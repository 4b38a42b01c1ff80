# What a task runs. Terraform owns it: a new image or setting is a new revision, and a rollback applies an old digest.

locals {
  environment = merge(var.extra_environment, {
    ENVIRONMENT              = var.environment
    AWS_REGION               = var.aws_region
    PORT                     = tostring(var.container_port)
    HOST                     = "0.0.0.0"
    DATABASE_HOST            = var.database.host
    DATABASE_PORT            = tostring(var.database.port)
    DATABASE_NAME            = var.database.name
    DATABASE_MAX_CONNECTIONS = tostring(var.connections_per_task)
    }, var.database.reader_host == null ? {} : {
    DATABASE_READER_HOST = var.database.reader_host
  })

  # Each is read from the managed secret when a task starts, so that a rotated password needs no new revision.
  database_secrets = [
    { name = "DATABASE_PASSWORD", valueFrom = "${var.database.secret_arn}:password::" },
    { name = "DATABASE_USER", valueFrom = "${var.database.secret_arn}:username::" },
  ]

  container = {
    image                  = var.image
    readonlyRootFilesystem = true
    user                   = "65532:65532"
    environment            = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.api.name
        awslogs-region        = var.aws_region
        awslogs-stream-prefix = "ecs"
        # A burst of logs must not stop the program.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }

  # Runs first and has to succeed: the old version serves on until the schema is ready. Migrations only expand. It also
  # takes the first API key in.
  migrate = merge(local.container, {
    name      = "migrate"
    command   = ["migrate"]
    essential = false
    # No startTimeout: Fargate takes at most 120 seconds there, and would then kill a migration of a large table half-way.
    # Without one the API waits until it has ended; `eap deploy --timeout` and its rollback bound the whole rollout.
    secrets = concat([{ name = "EAP_API_KEY", valueFrom = var.api_key_secret_arn }], local.database_secrets)
  })

  api = merge(local.container, {
    name         = "api"
    command      = ["serve"]
    essential    = true
    secrets      = local.database_secrets
    dependsOn    = [{ containerName = "migrate", condition = "SUCCESS" }]
    portMappings = [{ name = "http", containerPort = var.container_port, hostPort = var.container_port, protocol = "tcp", appProtocol = "http" }]
    stopTimeout  = 30
    mountPoints  = local.exec_mounts
    healthCheck = {
      command     = ["CMD", "/usr/local/bin/eap-api", "healthcheck"]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
  })

  # The root is read-only, and the program writes no file at all. The agent of ECS Exec, which is root, writes to two
  # folders. What Fargate mounts belongs to root: nobody else could write there.
  exec_mounts = [
    { sourceVolume = "exec-state", containerPath = "/var/lib/amazon", readOnly = false },
    { sourceVolume = "exec-logs", containerPath = "/var/log/amazon", readOnly = false },
  ]
}

resource "aws_ecs_task_definition" "api" {
  family                   = "${var.name}-api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.api, local.migrate])

  # Old revisions stay: they are what a service in the middle of a rollback runs.
  skip_destroy = false

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = toset(["exec-logs", "exec-state"])
    content {
      name = volume.value
    }
  }

  # Nothing starts before its role may read its secrets.
  depends_on = [aws_iam_role_policy.execution]
}
