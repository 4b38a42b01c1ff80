# Models are fitted every night, with the image that serves them.

resource "aws_lambda_function" "fit" {
  #checkov:skip=CKV_AWS_115:reserving is a choice of the environment; a fresh account has nothing to reserve from
  #checkov:skip=CKV_AWS_272:code signing is for zip files; the image is fixed by its digest
  function_name = "${var.name}-fit"
  description   = "Nightly model fitting of ${var.name}"
  role          = aws_iam_role.function["fit"].arn
  package_type  = "Image"
  image_uri     = var.image
  architectures = [lower(var.cpu_architecture)]
  memory_size   = var.fit_memory_mb
  timeout       = 900
  kms_key_arn   = var.kms_key_arn

  # A lease in the store lets one fit run at a time; reserving only spares the start of a second one.
  reserved_concurrent_executions = var.reserve_concurrency ? 1 : -1

  image_config {
    command = ["fit"]
  }

  environment {
    variables = merge(var.extra_environment, {
      ENVIRONMENT              = var.environment
      DATABASE_HOST            = var.database.host
      DATABASE_PORT            = tostring(var.database.port)
      DATABASE_NAME            = var.database.name
      DATABASE_MAX_CONNECTIONS = "2"
      # Lambda injects no secrets: the program reads user and password itself, so that none shows in its settings.
      DATABASE_SECRET_ARN = var.database.secret_arn
      }, var.database.reader_host == null ? {} : {
      DATABASE_READER_HOST = var.database.reader_host
    })
  }

  vpc_config {
    subnet_ids         = var.private_subnet_ids
    security_group_ids = [var.security_group_id]
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letters.arn
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_scheduler_schedule" "fit" {
  name                         = "${var.name}-fit"
  schedule_expression          = var.fit_schedule
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.fit.arn
    role_arn = aws_iam_role.schedule.arn

    retry_policy {
      maximum_retry_attempts = 2
    }
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-fit-schedule"
  assume_role_policy = data.aws_iam_policy_document.schedule_trust.json
}

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "start"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}

data "aws_iam_policy_document" "schedule" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.fit.arn]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}
