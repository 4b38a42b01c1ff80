locals {
  load_balancer_dimension = ["LoadBalancer", var.load_balancer_arn_suffix]

  application_board = concat([
    {
      title   = "Requests a minute", stat = "Sum", period = 60
      metrics = [concat(["AWS/ApplicationELB", "RequestCount"], local.load_balancer_dimension)]
    },
    {
      title = "Answer time in seconds", stat = "p95", period = 60
      metrics = [for percentile in ["p50", "p95", "p99"] :
        concat(["AWS/ApplicationELB", "TargetResponseTime"], local.load_balancer_dimension, [{ stat = percentile, label = percentile }])
      ]
    },
    {
      title = "Answers by status", stat = "Sum", period = 60
      metrics = [for metric in ["HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"] :
        concat(["AWS/ApplicationELB", metric], local.load_balancer_dimension)
      ]
    },
    {
      title = "Tasks that pass and fail health checks", stat = "Average", period = 60
      metrics = [for metric in ["HealthyHostCount", "UnHealthyHostCount"] :
        concat(["AWS/ApplicationELB", metric], local.load_balancer_dimension, ["TargetGroup", var.target_group_arn_suffix])
      ]
    },
    ], var.gateway == null ? [] : [
    {
      title = "Gateway: requests and errors", stat = "Sum", period = 60
      metrics = concat(
        [for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", var.gateway.api_id]],
        [[local.own_namespace, "ThrottledRequests"]],
      )
    },
    {
      title   = "Gateway: time in all, and in the service, in ms", stat = "p95", period = 60
      metrics = [for metric in ["Latency", "IntegrationLatency"] : ["AWS/ApiGateway", metric, "ApiId", var.gateway.api_id]]
    },
  ])
}
