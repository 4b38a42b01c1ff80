# What must never be seen in a task definition, and what must always be.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  container_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  api_key         = "0123456789abcdef0123456789abcdef"
}

run "the_task" {
  command = plan

  variables {
    api_environment = { STORE_CURRENCY = "EUR" }
  }

  assert {
    condition     = alltrue([for container in jsondecode(module.service.container_definitions) : container.readonlyRootFilesystem && container.user == "65532:65532" && container.linuxParameters.capabilities.drop == ["ALL"]])
    error_message = "Read-only root, no root user, no capabilities."
  }

  assert {
    condition     = alltrue([for container in jsondecode(module.service.container_definitions) : container.image == var.container_image])
    error_message = "Both containers run the image by its digest."
  }

  assert {
    condition     = alltrue([for container in jsondecode(module.service.container_definitions) : length(setintersection([for variable in container.environment : variable.name], ["DATABASE_URL", "DATABASE_USER", "DATABASE_PASSWORD", "EAP_API_KEY"])) == 0])
    error_message = "No secret among the plain variables."
  }

  assert {
    condition     = module.service.container_secrets.api == { DATABASE_PASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1:password::", DATABASE_USER = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1:username::" }
    error_message = "User and password out of the managed secret."
  }

  assert {
    condition     = [for container in jsondecode(module.service.container_definitions) : container.dependsOn if container.name == "api"] == [[{ containerName = "migrate", condition = "SUCCESS" }]]
    error_message = "Migrations succeed before the API serves."
  }

  assert {
    condition     = alltrue([for container in jsondecode(module.service.container_definitions) : try(container.startTimeout >= 2 && container.startTimeout <= 120, !can(container.startTimeout))])
    error_message = "Fargate takes 2 to 120 seconds; without a startTimeout the API waits for its migration to end."
  }

  assert {
    condition     = [for container in jsondecode(module.service.one_off_container_definitions) : [container.name, container.image, can(container.dependsOn), container.secrets]] == [["once", var.container_image, false, [for name, from in module.service.container_secrets.api : { name = name, valueFrom = from }]]]
    error_message = "A one-off task runs the same image with the same secrets, and migrates nothing."
  }

  assert {
    condition     = module.service.container_environment.api.STORE_CURRENCY == "EUR" && module.service.container_environment.api.PORT == "8000" && module.service.container_environment.api.ENVIRONMENT == "prod"
    error_message = "Settings arrive."
  }
}

run "graviton" {
  command = plan

  variables {
    cpu_architecture = "ARM64"
  }

  assert {
    condition     = module.service.cpu_architecture == "ARM64" && module.functions[0].architectures == tolist(["arm64"])
    error_message = "Tasks and functions run on the processor that the image is for."
  }
}
