locals {
  function_alarms = var.functions == null ? {} : merge(
    {
      dead-letters = {
        description = "A function gave up on something; the dead-letter queue holds it"
        namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.functions.dead_letter_queue }
        statistic   = "Maximum", period = 300, periods = 1, below = false, threshold = 0
      }
    },
    { for function, name in var.functions.names : "${replace(function, "_", "-")}-errors" => {
      description = "Function ${name} failed"
      namespace   = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = name }
      statistic   = "Sum", period = 300, periods = 1, below = false, threshold = 0
    } },
  )
}
