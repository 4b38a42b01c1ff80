locals {
  of_the_database = var.database.is_cluster ? { DBClusterIdentifier = var.database.identifier } : { DBInstanceIdentifier = var.database.identifier }

  database_alarms = merge({
    database-cpu = {
      description = "CPU of the database above ${var.utilization_percent} %"
      namespace   = "AWS/RDS", metric = "CPUUtilization", dimensions = local.of_the_database
      statistic   = "Average", period = 300, periods = 3, below = false, threshold = var.utilization_percent
    }
    database-connections = {
      description = "More than ${var.utilization_percent} % of the database's connections are open"
      namespace   = "AWS/RDS", metric = "DatabaseConnections", dimensions = local.of_the_database
      statistic   = "Maximum", period = 60, periods = 5, below = false
      threshold   = floor(var.database.max_connections * var.utilization_percent / 100)
    }
    database-memory = {
      description = "Less than 100 MB of memory left in the database"
      namespace   = "AWS/RDS", metric = "FreeableMemory", dimensions = local.of_the_database
      statistic   = "Minimum", period = 300, periods = 3, below = true, threshold = 100 * 1000 * 1000
    }
    }, var.database.is_cluster ? {
    replica-lag = {
      description = "Readers are more than a second behind: reports miss what was just ingested"
      namespace   = "AWS/RDS", metric = "AuroraReplicaLagMaximum", dimensions = local.of_the_database
      statistic   = "Maximum", period = 60, periods = 5, below = false, threshold = 1000
    }
    } : {
    database-storage = {
      description = "Less than a tenth of the database's first storage left: it grows by itself, up to its limit"
      namespace   = "AWS/RDS", metric = "FreeStorageSpace", dimensions = local.of_the_database
      statistic   = "Minimum", period = 300, periods = 1, below = true
      threshold   = var.database.allocated_storage_gb * 1024 * 1024 * 1024 / 10
    }
  })
}
