locals {
  of_the_service = { ClusterName = var.cluster_name, ServiceName = var.service_name }

  service_alarms = {
    service-cpu = {
      description = "CPU of the service above ${var.utilization_percent} %, though it scales at 70 %"
      namespace   = "AWS/ECS", metric = "CPUUtilization", dimensions = local.of_the_service
      statistic   = "Average", period = 60, periods = 10, below = false, threshold = var.utilization_percent
    }
    service-memory = {
      description = "Memory of the service above ${var.utilization_percent} %, though it scales at 80 %"
      namespace   = "AWS/ECS", metric = "MemoryUtilization", dimensions = local.of_the_service
      statistic   = "Average", period = 60, periods = 10, below = false, threshold = var.utilization_percent
    }
    task-restarts = {
      description = "Tasks ended by themselves three times in ten minutes; the log group of task events says why"
      namespace   = local.own_namespace, metric = "TasksEnded", dimensions = {}
      statistic   = "Sum", period = 600, periods = 1, below = false, threshold = 2
    }
  }
}
