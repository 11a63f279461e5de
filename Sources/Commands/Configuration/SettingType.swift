import Audit
import Foundation
import Pricing
import Model

/// How the text of a setting becomes a value, and a value text.
struct SettingType<Value: Sendable>: Sendable {
  var isList = false
  /// Whether a value is made of keys and values, which its text is then written with as in YAML: `{plan: x, …}`.
  var isMapping = false
  /// What an editor takes for a value.
  let schema: JSONSchema
  let read: @Sendable ([String], PathBase) throws(SettingProblem) -> Value
  let show: @Sendable (Value) -> [String]
}

extension SettingType {
  /// A value read from one text.
  private static func one(
    _ schema: JSONSchema, _ read: @escaping @Sendable (String, PathBase) throws(SettingProblem) -> Value,
    show: @escaping @Sendable (Value) -> String
  ) -> SettingType {
    SettingType(
      schema: schema,
      read: { texts, base throws(SettingProblem) in
        guard let text = texts.first, !text.isEmpty else { throw SettingProblem("has no value") }
        return try read(text, base)
      },
      show: { [show($0)] })
  }

  /// A value that may be absent.
  static func optional<Wrapped>(_ type: SettingType<Wrapped>) -> SettingType where Value == Wrapped? {
    SettingType(schema: type.schema, read: type.read, show: { $0.map(type.show) ?? [] })
  }

  /// One or more values.
  static func list<Element>(of type: SettingType<Element>) -> SettingType where Value == [Element] {
    SettingType(
      isList: true, schema: .any([type.schema, .list(of: type.schema)]),
      read: { texts, base throws(SettingProblem) in
        guard !texts.isEmpty else { throw SettingProblem("needs at least one value") }
        var values: [Element] = []
        for (index, text) in texts.enumerated() {
          do throws(SettingProblem) {
            values.append(try type.read([text], base))
          } catch {
            throw SettingProblem(error.sentence, entry: index)
          }
        }
        return values
      },
      show: { $0.flatMap(type.show) })
  }

  /// One of the cases of an enumeration.
  static func choice() -> SettingType
  where Value: CaseIterable & RawRepresentable<String>, Value.AllCases: Sendable {
    one(
      .choice(Value.allCases.map(\.rawValue)),
      { text, _ throws(SettingProblem) in
        guard let value = Value(rawValue: text) else {
          let known = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
          throw SettingProblem("is \"\(text)\", which is none of \(known)")
        }
        return value
      }, show: \.rawValue)
  }
}

extension SettingType<String> {
  /// A path; see `PathBase`.
  static var path: Self {
    one(.text(), { text, base throws(SettingProblem) in try base.absolute(text) }, show: { $0 })
  }
}

extension SettingType<String> {
  /// The path of a file that holds a secret. A URL in its place is the secret itself, and is not repeated.
  static var secretFile: Self {
    one(
      .text(),
      { text, base throws(SettingProblem) in
        guard !text.contains("://") else {
          throw SettingProblem(
            "must be the path of a file, and not the URL itself, which is a secret: write the URL into a file that only "
              + "you may read (chmod 600), and name that file")
        }
        return try base.absolute(text)
      }, show: { $0 })
  }
}

extension SettingType<[Subscription]> {
  /// Plans that are paid for.
  static var subscriptions: Self {
    SettingType(
      isList: true, isMapping: true, schema: .list(of: Subscription.schema),
      read: { texts, _ throws(SettingProblem) in
        var subscriptions: [Subscription] = []
        for (index, text) in texts.enumerated() {
          switch Subscription.read(text) {
          case .success(let subscription): subscriptions.append(subscription)
          case .failure(let problem): throw SettingProblem(problem.sentence, inEntry: index, of: texts.count)
          }
        }
        return subscriptions
      }, show: { $0.map(\.description) })
  }
}

extension SettingType<String> {
  /// The code of a currency.
  static var currency: Self {
    one(
      .text(pattern: "^[A-Z]{3}$"),
      { text, _ throws(SettingProblem) in
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
          throw SettingProblem("is \"\(text)\", but must be a currency's code such as EUR")
        }
        return text
      }, show: { $0 })
  }
}

extension SettingType<String> {
  /// A name of an origin, which can be the name of a file.
  static var origin: Self {
    one(
      .text(pattern: "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"),
      { text, _ throws(SettingProblem) in
        guard HistoryRecord.isOrigin(text) else {
          throw SettingProblem("must be at most 64 letters, digits, dots, hyphens and underscores, without a dot first")
        }
        return text
      }, show: { $0 })
  }
}

extension SettingType<String> {
  /// An address of the web that a chat can link: no spaces, and nothing that ends a link.
  static var webAddress: Self {
    one(
      .text(pattern: "^https?://[^ <>|\"]{1,490}$"),
      { text, _ throws(SettingProblem) in
        let isAddress = text.hasPrefix("https://") || text.hasPrefix("http://")
        let isPlain = text.unicodeScalars.allSatisfy { !$0.isUnprintable && !" <>|\"".unicodeScalars.contains($0) }
        guard isAddress, isPlain, text.utf8.count <= 500 else {
          throw SettingProblem("must be an address that begins with https:// or http://, at most 500 bytes long")
        }
        return text
      }, show: { $0 })
  }
}

extension SettingType<ModelID> {
  /// `provider/model`.
  static var model: Self {
    one(
      .text(pattern: "^[^/]+/.+$"),
      { text, _ throws(SettingProblem) in
        guard let model = ModelID(text) else {
          throw SettingProblem("is \"\(text)\", but must be written provider/model")
        }
        return model
      }, show: \.description)
  }
}

extension SettingType<TimeZone> {
  /// A zone of the IANA database. Foundation would also take offsets such as `GMT+9`, which know no clock changes.
  static var timeZone: Self {
    one(
      .text(pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$"),
      { text, _ throws(SettingProblem) in
        guard let zone = TimeZone(identifier: text), zone.identifier == text || text == "UTC" else {
          throw SettingProblem(
            "is \"\(text)\", which is no time zone" + (zone(like: text).map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        return zone
      }, show: \.ianaName)
  }
}

extension SettingType<TimeZone> {
  /// The zone that a name was meant to be, or that a city is in: `Asia/Seol`, `Seoul`.
  private static func zone(like text: String) -> String? {
    let known = TimeZone.knownTimeZoneIdentifiers
    func city(_ name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }
    let word = text.replacing(" ", with: "_")
    if let near = nearest(to: word, in: known).first { return near }
    let found = nearest(to: word, in: known.map(city)).first
    return known.first { city($0) == found }
  }
}

extension SettingType<Bool> {
  /// `true` or `false`.
  static var flag: Self {
    one(
      JSONSchema([("type", .string("boolean"))]),
      { text, _ throws(SettingProblem) in
        guard let value = Bool(text) else { throw SettingProblem("is \"\(text)\", but must be true or false") }
        return value
      }, show: \.description)
  }
}

extension SettingType<Int> {
  /// A whole number from zero on.
  static var count: Self {
    one(
      .integer(0...),
      { text, _ throws(SettingProblem) in
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text) else {
          throw SettingProblem("is \"\(text)\", but must be a whole number from 0 on")
        }
        return count
      }, show: \.description)
  }
}

extension SettingType<Int> {
  /// A whole number from one on.
  static var positiveCount: Self {
    SettingType(
      schema: .integer(1...),
      read: { texts, base throws(SettingProblem) in
        let count = try SettingType.count.read(texts, base)
        guard count > 0 else { throw SettingProblem("must be above 0") }
        return count
      }, show: { ["\($0)"] })
  }
}

extension SettingType<Decimal> {
  /// A plain decimal from zero on, read by its text and never through a binary float.
  static var decimal: Self {
    one(.decimal, { text, _ throws(SettingProblem) in try exactDecimal(text) }, show: \.description)
  }

  /// A plain decimal above zero.
  static var positiveDecimal: Self {
    one(
      .positiveDecimal,
      { text, _ throws(SettingProblem) in
        let value = try exactDecimal(text)
        guard value > 0 else { throw SettingProblem("must be above 0") }
        return value
      }, show: \.description)
  }

  /// A share (`0.95`) or a percentage (`95%`), as a share.
  static var share: Self {
    one(
      .share,
      { text, _ throws(SettingProblem) in
        let isPercent = text.hasSuffix("%")
        let number = try exactDecimal(isPercent ? text.dropLast() : text[...])
        let share = isPercent ? number / 100 : number
        guard share <= 1 else {
          throw SettingProblem("is \"\(text)\", but must be a share up to 1 (0.95) or a percentage up to 100% (95%)")
        }
        return share
      }, show: \.description)
  }

  private static func exactDecimal(_ text: some StringProtocol) throws(SettingProblem) -> Decimal {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.utf8.count <= 30,
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      parts.count == 1 || parts[1].utf8.count <= 12,
      let value = Decimal(string: String(text))
    else { throw SettingProblem("is \"\(text)\", but must be a decimal such as \"1.05\" (at most 12 places)") }
    return value
  }
}

extension SettingType<Ratio> {
  /// A share: `10%`, `0.1`; may be above 1. Ten times and more has to be written as a percentage, for who writes 80 means
  /// 80%.
  static var growth: Self {
    one(
      .growth,
      { text, _ throws(SettingProblem) in
        let isPercent = text.hasSuffix("%")
        guard text.utf8.count <= 9, let number = Ratio(decimal: isPercent ? String(text.dropLast()) : text),
          !isPercent || number.millionths % 100 == 0
        else { throw SettingProblem("is \"\(text)\", but must be a percentage such as 10% or a share such as 0.1") }
        guard isPercent || number.millionths < 10_000_000 else {
          throw SettingProblem("is \"\(text)\", which is \(text) times as much; write \(text)% for a percentage")
        }
        return isPercent ? Ratio(millionths: number.millionths / 100) : number
      }, show: { Money(picodollars: $0.millionths * 1_000_000).description })
  }
}

extension SettingType<DayWindow> {
  /// `7d`, `4w`, `all`.
  static var window: Self {
    one(
      .text(pattern: "^([1-9][0-9]{0,4}[dw]|all)$"),
      { text, _ throws(SettingProblem) in
        guard let window = DayWindow(text) else {
          throw SettingProblem("is \"\(text)\", but must be days or weeks such as 7d or 4w, or all")
        }
        return window
      }, show: \.description)
  }
}

extension SettingType<String> {
  /// A path, or a revision as `git:REF`.
  static var pathOrRevision: Self {
    one(
      .text(),
      { text, base throws(SettingProblem) in text.hasPrefix("git:") ? text : try base.absolute(text) }, show: { $0 })
  }
}

extension JSONSchema {
  private static func number(orText pattern: String, _ bound: (String, JSONText)...) -> JSONSchema {
    .any([JSONSchema([("type", .string("number"))] + bound), .text(pattern: pattern)])
  }

  fileprivate static let decimal = number(orText: #"^[0-9]+(\.[0-9]{1,12})?$"#, ("minimum", .count(0)))
  fileprivate static let positiveDecimal = number(
    orText: #"^(?!0+(\.0+)?$)[0-9]+(\.[0-9]{1,12})?$"#, ("exclusiveMinimum", .count(0)))
  fileprivate static let share = number(
    orText: #"^(0+(\.[0-9]{1,12})?|0*1(\.0{1,12})?|0*[0-9]{1,2}(\.[0-9]{1,12})?%|0*100(\.0{1,12})?%)$"#,
    ("minimum", .count(0)), ("maximum", .count(1)))
  fileprivate static let growth = number(
    orText: #"^0*[0-9](\.[0-9]{1,6})?$|^[0-9]+(\.[0-9]{1,4})?%$"#, ("minimum", .count(0)),
    ("exclusiveMaximum", .count(10)))
}
