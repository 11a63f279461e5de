/// The top-level keys of a JSON object, and what kind of value each has, as far as the object goes.
package struct LineKeys: Sendable {
  /// What a value begins as.
  package enum Kind: Sendable {
    case string, number, object, array, word
  }

  private var kinds: [String: Kind] = [:]
  /// Whether the object ended.
  package private(set) var isWhole = false

  init() {}

  /// The keys of an object; `nil` where it is none.
  /// - Parameter mayEnd: whether the bytes may end inside of the object.
  init?(_ bytes: Span<UInt8>, at start: Int = 0, mayEnd: Bool) {
    do throws(JSONFault) {
      var cursor = JSONCursor(at: start)
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        let kind: Kind =
          switch try cursor.peek(bytes) {
          case UInt8(ascii: "\""): .string
          case UInt8(ascii: "{"): .object
          case UInt8(ascii: "["): .array
          case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
          default: .word
          }
        if let name = bytes.string(key) { kinds[name] = kind }
        try cursor.skip(bytes)
      }
      isWhole = true
    } catch {
      if !mayEnd { return nil }
    }
  }

  /// Whether all of these keys are there.
  package func have(_ names: String...) -> Bool { names.allSatisfy { kinds[$0] != nil } }

  /// Whether that key is there with that kind of value.
  package func have(_ name: String, _ kind: Kind) -> Bool { kinds[name] == kind }
}
