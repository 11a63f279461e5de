import Foundation
import Model

/// A JSON document of a bill. Numbers are kept as the decimal text that they stand for, never as binary fractions.
indirect enum BillJSON: Decodable {
  case null
  case bool(Bool)
  case number(Decimal)
  case string(String)
  case array([BillJSON])
  case object([String: BillJSON])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let object = try? value.decode([String: BillJSON].self) {
      self = .object(object)
    } else if let array = try? value.decode([BillJSON].self) {
      self = .array(array)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else {
      self = .number(try value.decode(Decimal.self))
    }
  }

  /// A member of an object; `nil` where there is none, or it is null.
  subscript(_ key: String) -> BillJSON? {
    guard case .object(let members) = self, let member = members[key] else { return nil }
    if case .null = member { return nil }
    return member
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
}

/// One of a document's items, with its place: what is there is what it should be, or an error.
struct BillItem {
  let json: BillJSON
  /// Its place, counted from one.
  let number: Int
  let path: String

  subscript(_ member: String) -> BillItem? { json[member].map { BillItem(json: $0, number: number, path: path) } }

  func text(_ member: String) -> String? { json[member]?.text.flatMap { $0.isEmpty ? nil : $0 } }

  /// An amount; `nil` where the member is missing, null or empty.
  func amount(_ member: String) throws(BillError) -> ExactAmount? {
    guard let found = json[member], found.text != "" else { return nil }
    guard let text = found.text, let amount = ExactAmount(ofBill: text) else { throw bad(member) }
    return amount
  }

  /// A count of whole things; `nil` where the member is missing, null or empty.
  func count(_ member: String) throws(BillError) -> Int64? {
    guard let amount = try amount(member) else { return nil }
    guard let count = amount.billedCount else { throw bad(member) }
    return count
  }

  /// The day that a member begins with.
  func day(_ member: String) throws(BillError) -> CivilDay {
    guard let day = text(member).flatMap(CivilDay.init(ofBill:)) else { throw bad(member) }
    return day
  }

  func bad(_ member: String) -> BillError { .badItem(path: path, item: number, member: member) }
}

extension [BillItem] {
  /// The most places that amounts show; of binary fractions those that mean something.
  func places(_ member: String) -> Int? {
    compactMap { $0.text(member) }.map { ExactAmount.shownPlaces($0) }.max().map { $0 > 9 ? 9 : $0 }
  }

  /// Of buckets of time the results, each with its bucket.
  var results: [(bucket: BillItem, result: BillItem)] {
    flatMap { bucket in
      (bucket.json["results"]?.items ?? []).map {
        (bucket, BillItem(json: $0, number: bucket.number, path: bucket.path))
      }
    }
  }
}

extension ExactAmount {
  /// More than any bill charges.
  private static let mostBilled = ExactAmount.one * 1_000_000_000_000

  /// An amount that a bill can hold: no sum of a file's can overflow. Binary fractions show more places than are kept.
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
