import Yams

/// A pricing file's text, to which lines are added without touching any other byte.
struct PricingText {
  let file: PricingFile
  /// Its lines with their ends, as bytes.
  private let lines: [ArraySlice<UInt8>]
  private let root: Node

  /// `nil` for a text that is no YAML mapping. The file is one of a table that was loaded.
  init?(_ file: PricingFile) {
    guard let root = try? Yams.compose(yaml: file.text, .basic), root.mapping != nil else { return nil }
    self.file = file
    self.root = root
    var lines: [ArraySlice<UInt8>] = []
    let bytes = Array(file.text.utf8)
    var start = 0
    for index in bytes.indices where bytes[index] == 0x0A {
      lines.append(bytes[start...index])
      start = index + 1
    }
    if start < bytes.count { lines.append(bytes[start...]) }
    self.lines = lines
  }

  /// The provider that the file is for.
  var provider: String? { root["provider"]?.scalar?.string }

  /// The text with entries after the last price of a model; with the model, where the file has none of that name.
  /// - Parameter entries: each as its lines without indentation.
  /// - Throws: `ImportFault` where the file is laid out in a way that no line can be added to.
  func adding(_ entries: [[String]], to model: String) throws(ImportFault) -> String {
    guard let models = root["models"] else {
      return text(adding: ["models:"] + Self.model(model, entries).map { "  " + $0 }, after: lines.count - 1)
    }
    let elements = models.sequence.map(Array.init) ?? []
    guard let node = elements.first(where: { $0["model"]?.scalar?.string == model }) else {
      guard let last = elements.last else { throw ImportFault("its file has an empty list of models") }
      let dash = try dash(before: last)
      let block = Self.model(model, entries).enumerated().map { index, line in
        (index == 0 ? dash : String(repeating: " ", count: dash.utf8.count)) + line.dropFirst(2)
      }
      return text(adding: [""] + block, after: try end(of: last, dash))
    }
    guard let prices = node["prices"] else {
      let dash = try dash(before: node)
      let margin = String(repeating: " ", count: dash.utf8.count)
      let block = ["prices:"] + Self.items(entries).map { "  " + $0 }
      return text(adding: block.map { margin + $0 }, after: try end(of: node, dash))
    }
    guard let last = prices.sequence?.last else { throw ImportFault("its list of prices is empty") }
    let dash = try dash(before: last)
    let margin = String(repeating: " ", count: dash.utf8.count)
    let block = entries.flatMap { entry in entry.enumerated().map { ($0 == 0 ? dash : margin) + $1 } }
    return text(adding: block, after: try end(of: last, dash))
  }

  /// A file for a provider that has none.
  static func new(provider: String, model: String, _ entries: [[String]]) -> String {
    let lines =
      ["provider: \(PriceEntryText.scalar(provider))", "models:"] + Self.model(model, entries).map { "  " + $0 }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func model(_ name: String, _ entries: [[String]]) -> [String] {
    ["- model: \(PriceEntryText.scalar(name))", "  prices:"] + items(entries).map { "    " + $0 }
  }

  private static func items(_ entries: [[String]]) -> [String] {
    entries.flatMap { entry in entry.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 } }
  }

  private func place(_ node: Node) -> String { "\(file.name):\(node.mark?.line ?? 1)" }

  /// What stands before an element on its line: spaces, a dash, spaces.
  private func dash(before node: Node) throws(ImportFault) -> String {
    if let mark = node.mark, lines.indices.contains(mark.line - 1) {
      let text = String(decoding: lines[mark.line - 1].prefix(mark.column - 1), as: UTF8.self)
      if text.wholeMatch(of: /\ *-\ +/) != nil, text.utf8.count == mark.column - 1 { return text }
    }
    throw ImportFault(
      "no line can be added to its list at \(place(node)); write each of its elements on a line of its own, after a dash"
    )
  }

  /// The last line of an element: the last below it that is indented deeper than its dash and says something.
  private func end(of node: Node, _ dash: String) throws(ImportFault) -> Int {
    let margin = dash.utf8.prefix { $0 == 0x20 }.count
    let first = (node.mark?.line ?? 1) - 1
    var last = first
    for index in lines.indices.dropFirst(first + 1) {
      let indentation = lines[index].prefix { $0 == 0x20 }.count
      guard let byte = lines[index].dropFirst(indentation).first, ![0x0A, 0x0D, UInt8(ascii: "#")].contains(byte) else {
        continue
      }
      guard indentation > margin else { break }
      last = index
    }
    return last
  }

  private func text(adding block: [String], after line: Int) -> String {
    let isWindows = lines.first?.suffix(2) == [0x0D, 0x0A]
    let lineEnd: [UInt8] = isWindows ? [0x0D, 0x0A] : [0x0A]
    var bytes = lines[...line].flatMap(\.self)
    if bytes.last != 0x0A { bytes += lineEnd }
    for text in block { bytes += Array(text.utf8) + lineEnd }
    bytes += lines[(line + 1)...].flatMap(\.self)
    return String(decoding: bytes, as: UTF8.self)
  }
}
