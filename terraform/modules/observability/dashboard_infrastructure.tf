locals {
  service_dimensions = ["ClusterName", var.cluster_name, "ServiceName", var.service_name]

  infrastructure_board = concat([
    {
      title   = "CPU and memory of the service in percent", stat = "Average", period = 60
      metrics = [for metric in ["CPUUtilization", "MemoryUtilization"] : concat(["AWS/ECS", metric], local.service_dimensions)]
    },
    {
      title   = "Tasks", stat = "Average", period = 60
      metrics = [for metric in ["DesiredTaskCount", "RunningTaskCount", "PendingTaskCount"] : concat(["ECS/ContainerInsights", metric], local.service_dimensions)]
    },
    {
      title   = "Network of the service in bytes", stat = "Average", period = 60
      metrics = [for metric in ["NetworkRxBytes", "NetworkTxBytes"] : concat(["ECS/ContainerInsights", metric], local.service_dimensions)]
    },
    {
      title   = "Tasks that ended by themselves", stat = "Sum", period = 300
      metrics = [[local.own_namespace, "TasksEnded"]]
    },
    ], var.functions == null ? [] : [
    {
      title = "Functions: calls and errors", stat = "Sum", period = 300
      metrics = flatten([for name in values(var.functions.names) : [for metric in ["Invocations", "Errors"] :
        { line = ["AWS/Lambda", metric, "FunctionName", name] }
      ]])[*].line
    },
    {
      title   = "Dead letters", stat = "Maximum", period = 300
      metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.functions.dead_letter_queue]]
    },
  ])
}
