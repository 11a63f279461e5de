import Model

/// The names that a source has for the rates of the token classes.
struct RateKeys {
  var input: String
  var output: String
  var cacheRead: String
  var cacheWrite5m: String?
  var cacheWrite1h: String?

  /// The same names with something after each.
  func suffixed(_ suffix: String) -> RateKeys {
    RateKeys(
      input: input + suffix, output: output + suffix, cacheRead: cacheRead + suffix,
      cacheWrite5m: cacheWrite5m.map { $0 + suffix }, cacheWrite1h: cacheWrite1h.map { $0 + suffix })
  }

  var all: [String] { [input, output, cacheRead] + [cacheWrite5m, cacheWrite1h].compactMap(\.self) }
}

/// Rates that stand in a JSON object.
struct RateFields {
  let object: JSONValue
  let unit: RateUnit
  /// Whether the amounts are strings.
  var areQuoted = false

  /// A rate; `nil` where there is none.
  func rate(_ key: String?) throws(ImportFault) -> Rate? {
    guard let key, let value = object[key] else { return nil }
    guard let text = areQuoted ? value.string : value.number else {
      throw ImportFault("\(key) is no \(areQuoted ? "number in quotes" : "number")")
    }
    do {
      return try Rate(number: text, unit)
    } catch {
      throw ImportFault("\(key) \(error)")
    }
  }

  /// The rates by class. A cache class at 0 counts as not stated: these lists write 0 where the provider has no such
  /// charge of its own, and the tokens are then paid as input.
  /// - Parameter base: what applies where the object is silent, as it is for the rates of long prompts.
  func rates(_ keys: RateKeys, over base: Rates? = nil) throws(ImportFault) -> Rates {
    func cache(_ key: String?) throws(ImportFault) -> Rate? {
      try rate(key).flatMap { $0.picodollarsPerToken == 0 ? nil : $0 }
    }
    guard let input = try rate(keys.input) ?? base?.input else { throw ImportFault("has no \(keys.input)") }
    guard let output = try rate(keys.output) ?? base?.output else { throw ImportFault("has no \(keys.output)") }
    guard input.picodollarsPerToken > 0 || output.picodollarsPerToken > 0 else {
      throw ImportFault("is listed at no charge; if it really costs nothing, write `billing: free` yourself")
    }
    return Rates(
      input: input, output: output, cacheRead: try cache(keys.cacheRead) ?? base?.cacheRead,
      cacheWrite5m: try cache(keys.cacheWrite5m) ?? base?.cacheWrite5m,
      cacheWrite1h: try cache(keys.cacheWrite1h) ?? base?.cacheWrite1h)
  }

  /// Refuses a charge that the table has no word for.
  func refuse(_ key: String, unless same: Rate?, because reason: String) throws(ImportFault) {
    guard let rate = try rate(key), rate.picodollarsPerToken > 0, rate != same else { return }
    throw ImportFault(reason)
  }

  static let reasoning = "charges another rate for reasoning than for output, which the table cannot say"
  static let byRequest = "also charges by the request, which the table cannot say"
}

extension JSONValue {
  /// A whole number of tokens, such as `32000` or `32000.0`; `nil` for anything else.
  var tokens: Int64? {
    guard let match = number?.wholeMatch(of: #/([0-9]{1,12})(?:\.0*)?/#) else { return nil }
    return Int64(match.1)
  }
}

extension Result where Success == [ImportedPrice], Failure == ImportFault {
  init(reading body: () throws(ImportFault) -> [ImportedPrice]) {
    do throws(ImportFault) {
      self = .success(try body())
    } catch {
      self = .failure(error)
    }
  }
}
