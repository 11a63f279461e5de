/// Finds the lines of a log in a document that another program wrote about many of them: an export of Google's,
/// Amazon's or Elasticsearch's collectors, an answer of Loki, OTLP.
enum CollectedLines {
  /// What takes the lines out: the options and the filter of `jq`; `nil` where there are none.
  /// - Parameter front: the first bytes of the document.
  static func filter(_ front: Span<UInt8>, among sources: Sources) -> String? {
    var search = Search(sources: sources)
    var cursor = JSONCursor(at: front.markLength)
    do throws(JSONFault) {
      // A document can be one of several, a line each.
      while search.found == nil {
        let next = try cursor.peek(front)
        guard next == UInt8(ascii: "{") || next == UInt8(ascii: "[") else { return nil }
        try search.look(at: front, &cursor, place: "", depth: 0)
      }
    } catch {
      // The front of a long document ends in its middle.
    }
    return search.found
  }

  private struct Search {
    let sources: Sources
    /// What takes out the lines that were found.
    private(set) var found: String?

    init(sources: Sources) { self.sources = sources }

    /// How deep a document is looked into.
    private static let deepest = 12

    /// Looks into the value that comes next.
    /// - Parameter place: what `jq` calls it.
    mutating func look(
      at bytes: Span<UInt8>, _ cursor: inout JSONCursor, place: String, depth: Int
    ) throws(JSONFault) {
      let next = try cursor.peek(bytes)
      let start = cursor.position
      guard found == nil, depth <= Self.deepest else { return try cursor.skip(bytes) }
      switch next {
      case UInt8(ascii: "{"):
        if isOfMany(place), isLine(bytes.extracting(start..<bytes.count)) {
          found = "-c '\(place)'"
          return
        }
        try cursor.enterObject(bytes)
        var first = true
        while let key = try nextKey(bytes, &cursor, &first) {
          let name = Self.plain(bytes.string(key))
          let member = name.map { "\(place).\($0)" } ?? (place.isEmpty ? "." : place) + "[]"
          try look(at: bytes, &cursor, place: member, depth: depth + 1)
        }
      case UInt8(ascii: "["):
        var index = 0
        try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
          let next = try cursor.peek(bytes)
          let isContainer = next == UInt8(ascii: "{") || next == UInt8(ascii: "[")
          let element = isContainer ? "[]" : "[\(index)]"
          try look(at: bytes, &cursor, place: (place.isEmpty ? "." : place) + element, depth: depth + 1)
          index += 1
        }
      case UInt8(ascii: "\""):
        let text = try cursor.string(bytes)
        guard isOfMany(place), bytes.holds("{", at: text.lowerBound),
          let line = JSONEscapes.unescaped(bytes, text, replacingHalves: true), isLine(line.span)
        else { return }
        found = "-r '\(place)'"
      default: try cursor.skip(bytes)
      }
    }

    /// Whether a place is one of several.
    private func isOfMany(_ place: String) -> Bool { place.utf8.contains(UInt8(ascii: "[")) }

    /// Whether a line of a known source begins here: by more than its own keys, which lists of sessions have, too.
    private func isLine(_ bytes: Span<UInt8>) -> Bool {
      guard let keys = LineKeys(bytes, mayEnd: true), keys.isWhole,
        let source = sources.logs.first(where: { $0.wrote(bytes, keys) })
      else { return false }
      return source.name != .claudeCode || keys.have("timestamp", .string) && keys.have("message", .object)
    }

    /// A member's name where a filter needs no quotes for it.
    private static func plain(_ name: String?) -> String? {
      guard let name, (1...64).contains(name.utf8.count),
        name.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0 | 0x20) })
      else { return nil }
      return name
    }
  }
}
