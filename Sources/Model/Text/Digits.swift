extension BinaryInteger {
  /// The number's digits, with zeros before them up to a width: `7.digits(2)` is `07`.
  package func digits(_ width: Int, radix: Int = 10) -> String {
    let digits = String(self, radix: radix)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
