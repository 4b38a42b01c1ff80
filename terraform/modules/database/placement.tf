resource "aws_db_subnet_group" "this" {
  name        = "${var.name}-db"
  description = "Database subnets of ${var.name}"
  subnet_ids  = var.subnet_ids
}
