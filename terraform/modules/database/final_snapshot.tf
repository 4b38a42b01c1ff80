# A snapshot whose name is taken is refused, and the database then not deleted: each incarnation of the database has a name
# of its own for its last one. Made anew by what makes the database anew.

resource "terraform_data" "incarnation" {
  triggers_replace = [var.engine, var.database_name, var.username, var.kms_key_arn]
}

locals {
  final_snapshot_name = var.final_snapshot ? "${var.name}-db-final-${substr(terraform_data.incarnation.id, 0, 8)}" : null
}
