variable "leave_out" {
  description = "For tests, where an emulator or a mock lacks something: what is not made, out of scaling, gateway, functions, observability, compliance."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.leave_out, ["scaling", "gateway", "functions", "observability", "compliance"])) == 0
    error_message = "leave_out can name scaling, gateway, functions, observability and compliance."
  }
}
