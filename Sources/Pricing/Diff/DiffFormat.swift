import Model

extension PricingFile {
  /// The keys whose values are amounts.
  private static let amounts = Set(FileShape.all.flatMap(\.keys).filter(\.isAmount).map(\.name))

  /// The file in the usual form: lines end with a newline alone, without spaces before it and none missing at the end;
  /// amounts stand in quotes. Order, comments and layout are people's, and stay.
  package var formatted: String {
    let text = self.text.hasPrefix("\u{FEFF}") ? String(self.text.unicodeScalars.dropFirst()) : self.text
    var lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map {
      Self.quoted(String($0).withoutTrailingSpaces)
    }
    while lines.last == "" { lines.removeLast() }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Puts amounts that stand bare after one of the keys into quotes. What follows a `#` is a comment.
  private static func quoted(_ line: String) -> String {
    let assignment = #/(?:^|[\s{,-])([a-z_0-9]+): +([0-9]+(?:\.[0-9]+)?)(?=[\s,}]|$)/#
    var result = ""
    var rest = Substring(line)
    while let match = rest.firstMatch(of: assignment) {
      let before = result + rest[..<match.range.lowerBound]
      // Inside a comment or an open text it is no amount.
      if before.contains("#") || before.count(where: { $0 == "\"" }) % 2 == 1 || before.contains("'") { break }
      let amount = match.output.2
      if amounts.contains(String(match.output.1)) {
        result += rest[..<amount.startIndex] + "\"" + amount + "\""
      } else {
        result += rest[..<amount.endIndex]
      }
      rest = rest[amount.endIndex...]
    }
    return result + rest
  }
}
