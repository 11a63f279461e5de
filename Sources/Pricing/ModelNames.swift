import Foundation
import Synchronization
import Model

/// Which spellings stand for which model of the table.
///
/// A name is looked up in this order, and the first that the table knows wins; nothing is ever guessed by substring:
/// 1. as it stands, where case does not matter and a point between two digits equals a dash (`4.6`, `4-6`);
/// 2. without the provider's own name before a slash (`anthropic/claude-sonnet-4.6` asked of `anthropic`);
/// 3. also without a bracketed variant of the client (`[1m]`), which is the same model with a longer prompt;
/// 4. also without the date of a snapshot (`-20250929`, `@20250929`, `-2025-09-29`).
///
/// A suffix after a colon (`:free`, `:cloud`) is part of the name: it is often another price, so only an alias in the
/// table makes it the same model, and only the provider's `free_suffixes` say that it costs nothing. The provider counts
/// always: a price at `anthropic` says nothing about `openrouter`.
struct ModelNames: Hashable, Sendable {
  private var providers: [String: String] = [:]
  private var slots: [ModelID: Int] = [:]
  /// By the provider's own name in lower case.
  private var freeSuffixes: [String: [String]] = [:]
  private let memo = Memo()

  /// Makes a name stand for a provider.
  /// - Returns: the provider that it stood for already; the names then stay as they were.
  mutating func add(provider name: String, for canonical: String) -> String? {
    if let other = providers[name.lowercased()] { return other }
    providers[name.lowercased()] = canonical
    return nil
  }

  /// Makes all models of a provider that end so cost nothing.
  mutating func add(freeSuffixes suffixes: [String], of provider: String) {
    freeSuffixes[provider.lowercased()] = suffixes.map { $0.lowercased() }
  }

  /// Whether a name's end says that the model costs nothing at its provider.
  func isFree(_ name: ModelID) -> Bool {
    let suffixes = freeSuffixes[canonicalProvider(name.provider).lowercased()] ?? []
    return suffixes.contains { name.model.count > $0.count && name.model.lowercased().hasSuffix($0) }
  }

  /// Makes a name of the table's own provider name stand for a slot.
  /// - Returns: the slot that it stood for already; the names then stay as they were.
  mutating func add(_ spelling: ModelID, slot: Int) -> Int? {
    let key = key(spelling.provider, spelling.model)
    if let other = slots[key] { return other }
    slots[key] = slot
    slots[spelling] = slot
    return nil
  }

  /// The table's own name of a provider; a provider that the table does not know keeps its name.
  func canonicalProvider(_ name: String) -> String { providers[name.lowercased()] ?? name }

  /// The slot that a name stands for; each name is looked up once. Only for names that are all added.
  func memoisedSlot(of name: ModelID) -> Int? { slots[name] ?? memo.slot(of: name) { slot(of: name) } }

  /// The slot that a name stands for.
  func slot(of name: ModelID) -> Int? {
    if let slot = slots[name] { return slot }
    var model = name.model
    if let slot = slots[key(name.provider, model)] { return slot }
    if let slash = model.firstIndex(of: "/"),
      canonicalProvider(String(model[..<slash])).lowercased() == canonicalProvider(name.provider).lowercased()
    {
      model = String(model[model.index(after: slash)...])
      if let slot = slots[key(name.provider, model)] { return slot }
    }
    if model.hasSuffix("]"), let bracket = model.lastIndex(of: "[") {
      model = String(model[..<bracket])
      if let slot = slots[key(name.provider, model)] { return slot }
    }
    guard let undated = Self.withoutDate(model) else { return nil }
    return slots[key(name.provider, undated)]
  }

  private func key(_ provider: String, _ model: String) -> ModelID {
    ModelID(provider: canonicalProvider(provider).lowercased(), model: Self.folded(model))
  }

  /// Lower case, with a dash for a point between two digits.
  static func folded(_ model: String) -> String {
    var bytes = Array(model.lowercased().utf8)
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    for index in bytes.indices.dropFirst().dropLast()
    where bytes[index] == UInt8(ascii: ".") && isDigit(bytes[index - 1]) && isDigit(bytes[index + 1]) {
      bytes[index] = UInt8(ascii: "-")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The name before the date of a snapshot at its end; `nil` where no date of the calendar stands there.
  private static func withoutDate(_ model: String) -> String? {
    for (length, isLong) in [(8, false), (10, true)] {
      let digits = model.suffix(length)
      let name = model.dropLast(length)
      guard let separator = name.last, separator == "-" || (separator == "@" && !isLong), name.count > 1 else {
        continue
      }
      let date = isLong ? String(digits) : "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))"
      if CivilDay(date) != nil { return String(name.dropLast()) }
    }
    return nil
  }
}

/// What names stand for that were looked up before. It is no part of what the names mean, so all are equal.
private final class Memo: Hashable, Sendable {
  private let slots = Mutex<[ModelID: Int?]>([:])
  /// More spellings than anybody has; a log could hold endlessly many.
  private static let limit = 10_000

  func slot(of name: ModelID, _ look: () -> Int?) -> Int? {
    slots.withLock { slots in
      if let known = slots[name] { return known }
      let slot = look()
      if slots.count < Self.limit { slots[name] = .some(slot) }
      return slot
    }
  }

  static func == (left: Memo, right: Memo) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}
