locals {
  database_dimension = var.database.is_cluster ? ["DBClusterIdentifier", var.database.identifier] : ["DBInstanceIdentifier", var.database.identifier]

  database_board = [for widget in [
    { title = "CPU in percent", stat = "Average", names = ["CPUUtilization"] },
    { title = "Connections (at most ${var.database.max_connections})", stat = "Maximum", names = ["DatabaseConnections"] },
    { title = "Time of reads and writes in seconds", stat = "Average", names = ["ReadLatency", "WriteLatency"] },
    { title = "Reads and writes a second", stat = "Average", names = ["ReadIOPS", "WriteIOPS"] },
    { title = "Memory left in bytes", stat = "Minimum", names = ["FreeableMemory"] },
    { title = var.database.is_cluster ? "Storage used in bytes, readers behind in ms" : "Storage left in bytes", stat = "Maximum", names = var.database.is_cluster ? ["VolumeBytesUsed", "AuroraReplicaLagMaximum"] : ["FreeStorageSpace"] },
    ] : {
    title   = widget.title
    stat    = widget.stat
    period  = 60
    metrics = [for name in widget.names : concat(["AWS/RDS", name], local.database_dimension)]
  }]
}
