# From figures that the API writes to its log in embedded metric format.

locals {
  business_namespace = "EcommerceAnalytics"
  business_dimension = ["Environment", var.environment]

  business_board = [for widget in [
    { title = "Revenue", stat = "Sum", names = ["Revenue"] },
    { title = "Orders", stat = "Sum", names = ["Orders"] },
    { title = "Customers who bought", stat = "Sum", names = ["Customers"] },
    { title = "Products sold", stat = "Sum", names = ["ProductsSold"] },
    ] : {
    title   = widget.title
    stat    = widget.stat
    period  = 3600
    metrics = [for name in widget.names : concat([local.business_namespace, name], local.business_dimension)]
  }]
}
