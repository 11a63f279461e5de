import Model
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
    self.lines = Self.lines(of: file.text)
  }

  private static func lines(of text: String) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    let bytes = Array(text.utf8)
    var start = 0
    for index in bytes.indices where bytes[index] == 0x0A {
      lines.append(bytes[start...index])
      start = index + 1
    }
    if start < bytes.count { lines.append(bytes[start...]) }
    return lines
  }

  /// The provider that the file is for.
  var provider: String? { root["provider"]?.scalar?.string }

  /// Whether it says that a plan is paid.
  var hasSubscriptions: Bool { !(root["subscriptions"]?.sequence?.isEmpty ?? true) }

  /// The text with entries among the prices of a model that it has.
  /// - Throws: `ImportFault` where the file is laid out in a way that no line can be added to.
  func adding(_ entries: [PriceEntry], to model: String) throws(ImportFault) -> String {
    let elements = root["models"]?.sequence.map(Array.init) ?? []
    guard let node = elements.first(where: { $0["model"]?.scalar?.string == model }) else {
      throw ImportFault("is not in \(file.name) under its own name")
    }
    guard let prices = node["prices"] else {
      let dash = try dash(before: node)
      let margin = String(repeating: " ", count: dash.utf8.count)
      let block = ["prices:"] + EntryText.items(entries.map(EntryText.lines)).map { "  " + $0 }
      return text(adding: block.map { margin + $0 }, after: try end(of: node, dash))
    }
    let there = prices.sequence.map(Array.init) ?? []
    guard let last = there.last else { throw ImportFault("its list of prices is empty") }
    var changed = self
    // From the newest on, so that the places of the others stay.
    for entry in entries.reversed() {
      let later = there.first { element in
        element["from"]?.scalar.flatMap { Times.instant($0.string) }.map { $0 > entry.from } ?? false
      }
      let dash = try dash(before: later ?? last)
      let margin = String(repeating: " ", count: dash.utf8.count)
      let block = EntryText.lines(entry).enumerated().map { ($0 == 0 ? dash : margin) + $1 }
      let line: Int
      if let later { line = (later.mark?.line ?? 1) - 2 } else { line = try end(of: last, dash) }
      changed = PricingText(self, changed.text(adding: block, after: line))
    }
    return String(decoding: changed.lines.flatMap(\.self), as: UTF8.self)
  }

  /// The text with what modes of a model cost, where its file says nothing of them.
  /// - Throws: as `adding(_:to:)`.
  func adding(_ factors: [String: TokenFactor], to model: String) throws(ImportFault) -> String {
    let elements = root["models"]?.sequence.map(Array.init) ?? []
    guard let node = elements.first(where: { $0["model"]?.scalar?.string == model }) else {
      throw ImportFault("is not in \(file.name) under its own name")
    }
    let dash = try dash(before: node)
    let line = String(repeating: " ", count: dash.utf8.count) + EntryText.modifiers(factors)
    return text(adding: [line], after: try end(of: node, dash))
  }

  /// The text with a model that it does not have.
  /// - Throws: as `adding(_:to:)`.
  func adding(_ model: PricedModel) throws(ImportFault) -> String {
    let block = EntryText.lines(model)
    guard let models = root["models"] else {
      return text(adding: ["models:"] + block.map { "  " + $0 }, after: lines.count - 1)
    }
    guard let last = models.sequence?.last else { throw ImportFault("its file has an empty list of models") }
    let dash = try dash(before: last)
    let lines = block.enumerated().map { index, line in
      (index == 0 ? dash : String(repeating: " ", count: dash.utf8.count)) + line.dropFirst(2)
    }
    return text(adding: [""] + lines, after: try end(of: last, dash))
  }

  /// The text with a line at the end of its list of subscriptions.
  /// - Throws: as `adding(_:to:)`.
  func adding(_ subscription: Subscription) throws(ImportFault) -> String {
    guard let list = root["subscriptions"] else {
      return text(adding: ["subscriptions:", "  - \(subscription)"], after: lines.count - 1)
    }
    guard let last = list.sequence?.last else { throw ImportFault("its list of subscriptions is empty") }
    let dash = try dash(before: last)
    return text(adding: [dash + subscription.description], after: try end(of: last, dash))
  }

  /// A file for a provider that has none.
  /// - Parameter alias: another name of the provider.
  static func new(_ model: PricedModel, alias: String? = nil) -> String {
    let aliases = alias.map { ["aliases: [\(EntryText.quoted($0))]"] } ?? []
    let lines = ["provider: \(EntryText.scalar(model.id.provider))"] + aliases + ["models:"]
    return (lines + EntryText.lines(model).map { "  " + $0 }).map { $0 + "\n" }.joined()
  }

  /// The same content with other lines.
  private init(_ other: PricingText, _ text: String) {
    file = other.file
    root = other.root
    lines = Self.lines(of: text)
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
    var bytes = lines.prefix(line + 1).flatMap(\.self)
    if !bytes.isEmpty, bytes.last != 0x0A { bytes += lineEnd }
    for text in block { bytes += Array(text.utf8) + lineEnd }
    bytes += lines.dropFirst(line + 1).flatMap(\.self)
    return String(decoding: bytes, as: UTF8.self)
  }
}
