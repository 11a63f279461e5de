import Foundation
import Model

/// A JSON document of a bill. Numbers are kept as the decimal text that they stand for, never as binary fractions.
indirect enum BillJSON: Encodable, Hashable {
  case null
  case bool(Bool)
  case number(Decimal)
  case string(String)
  case array([BillJSON])
  case object([String: BillJSON])

  /// Reads a document; `nil` where it is no JSON. A comma too many, as people leave it behind, is no fault.
  init?(parsing text: some StringProtocol) {
    guard let value = try? JSONValue(parsing: Array(text.utf8), allowsTrailingCommas: true) else { return nil }
    self.init(value)
  }

  /// `nil` where a number is none of JSON's, such as Python's `NaN`.
  private init?(_ value: JSONValue) {
    switch value.content {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .string(let text): self = .string(text)
    case .number(let text):
      guard let number = Self.decimal(text) else { return nil }
      self = .number(number)
    case .array(let elements):
      var items: [BillJSON] = []
      for element in elements {
        guard let item = BillJSON(element) else { return nil }
        items.append(item)
      }
      self = .array(items)
    case .object(let members):
      var known: [String: BillJSON] = [:]
      for (key, value) in members {
        guard let member = BillJSON(value) else { return nil }
        known[key] = known[key] ?? member
      }
      self = .object(known)
    }
  }

  /// The value of a number as JSON's grammar has it; `nil` for any other text.
  private static func decimal(_ text: String) -> Decimal? {
    var rest = Array(text.utf8)[...]
    /// Takes digits, and says how many there were.
    func digits() -> Int {
      let count = rest.prefix { (0x30...0x39).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let isZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole == 1 || whole > 1 && !isZero else { return nil }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return nil }
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
      guard digits() > 0 else { return nil }
    }
    guard rest.isEmpty, let number = Decimal(string: text), number.isFinite else { return nil }
    return number
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let flag): try container.encode(flag)
    case .number(let number): try container.encode(number)
    case .string(let text): try container.encode(text)
    case .array(let items): try container.encode(items)
    case .object(let members): try container.encode(members)
    }
  }

  /// A member of an object; `nil` where there is none, or it is null.
  subscript(_ key: String) -> BillJSON? {
    guard let member = member(key) else { return nil }
    if case .null = member { return nil }
    return member
  }

  /// A member of an object, which may be null; `nil` where there is none.
  func member(_ key: String) -> BillJSON? { if case .object(let members) = self { members[key] } else { nil } }

  /// An instant, epoch milliseconds: a time, of UTC where it names no offset, or seconds since 1970.
  private var instant: Int64? { text.flatMap { BillMoment($0)?.utcInstant ?? BillMoment.epoch($0) } }

  /// When a bucket of time begins and ends, epoch milliseconds.
  var bucket: (start: Int64?, end: Int64?) {
    ((self["starting_at"] ?? self["start_time"])?.instant, (self["ending_at"] ?? self["end_time"])?.instant)
  }

  var items: [BillJSON]? { if case .array(let items) = self { items } else { nil } }
  var keys: [String] { if case .object(let members) = self { members.keys.sorted() } else { [] } }

  /// A string, or a number as its digits.
  var text: String? {
    switch self {
    case .string(let text): text
    case .number(let number): number.description
    default: nil
    }
  }

  /// A number, or a string that is one, with a decimal point; `nil` for anything else.
  var number: String? {
    switch self {
    case .number(let number): number.description
    // Providers write decimals with a point. A comma has to tell which of both it is.
    case .string(let text): WrittenNumber(text)?.text(by: text.contains(",") ? nil : .point)
    default: nil
    }
  }
}

/// One of a document's items, with its place: what is there is what it should be, or an error.
struct BillItem {
  let json: BillJSON
  /// Its place, counted from one.
  let number: Int
  let path: String

  subscript(_ member: String) -> BillItem? { json[member].map { BillItem(json: $0, number: number, path: path) } }

  func text(_ member: String) -> String? { json[member]?.text.flatMap { $0.isEmpty ? nil : $0 } }

  func isTrue(_ member: String) -> Bool {
    if case .bool(true)? = json[member] { return true }
    return text(member)?.lowercased() == "true"
  }

  /// An amount; `nil` where the member is missing, null or empty.
  func amount(_ member: String) throws(BillError) -> ExactAmount? {
    guard let found = json[member], found.text != "" else { return nil }
    guard let text = found.number else {
      let written = found.text.flatMap(WrittenNumber.init)
      throw bad(member, written?.isAmbiguous == true ? .decimalMark : nil)
    }
    guard let amount = ExactAmount(ofBill: text) else { throw bad(member, .tooLarge) }
    return amount
  }

  /// An amount that has to be there.
  func neededAmount(_ member: String) throws(BillError) -> ExactAmount {
    guard let amount = try amount(member) else { throw bad(member, .missing) }
    return amount
  }

  /// A count of whole things; `nil` where the member is missing, null or empty.
  func count(_ member: String) throws(BillError) -> Int64? {
    guard let amount = try amount(member) else { return nil }
    guard let count = amount.billedCount else { throw bad(member, amount < .zero ? .negative : .fraction) }
    return count
  }

  /// A count that members of a newer kind tell; zero where the member is not there at all.
  func counted(_ member: String) throws(BillError) -> Int64 {
    json.member(member) == nil ? 0 : try needed(member)
  }

  func bad(_ member: String, _ why: BillError.Why? = nil) -> BillError {
    .badItem(path: path, item: number, member: member, why: why)
  }
}

extension [BillItem] {
  /// The places that amounts are rounded to: the most that one shows; of binary fractions those that mean something.
  func places(_ member: String, least: Int = 2) -> Int? {
    compactMap { $0.json[member]?.number }.map { WrittenNumber.places($0) }.max().map {
      Swift.min(9, Swift.max(least, $0))
    }
  }

  /// Of buckets of time the results, each with its bucket.
  func results() throws(BillError) -> [(bucket: BillItem, result: BillItem)] {
    var results: [(bucket: BillItem, result: BillItem)] = []
    for bucket in self {
      guard let found = bucket.json["results"]?.items else { throw bucket.bad("results", .missing) }
      results += found.map { (bucket, BillItem(json: $0, number: bucket.number, path: bucket.path)) }
    }
    return results
  }
}

extension ExactAmount {
  /// More than any bill charges.
  private static let mostBilled = ExactAmount.one * 1_000_000_000_000

  /// An amount that a bill can hold: no sum of a file's can overflow. Binary fractions show more places than are kept.
  /// - Parameter text: a decimal with a point and without groups.
  init?(ofBill text: String) {
    guard let amount = ExactAmount(text, cutsPlaces: true), amount.magnitude <= Self.mostBilled else { return nil }
    self = amount
  }

  /// The amount as a count; `nil` for fractions and below zero.
  var billedCount: Int64? {
    guard self >= .zero, units % Self.one.units == 0 else { return nil }
    return Int64(exactly: units / Self.one.units)
  }

  /// So many times the amount; `nil` for more than a bill can hold.
  func billed(times count: Int64) -> ExactAmount? {
    let (product, overflow) = units.multipliedReportingOverflow(by: Int128(count))
    let limit = Self.mostBilled.units
    return overflow || product > limit || product < -limit ? nil : ExactAmount(units: product)
  }
}
