package import Ledger
import Model

/// Makes bytes of a ledger's rows, and sums up what proves that they arrived.
package struct RowEncoder: Sendable {
  /// The rows so far.
  package private(set) var bytes: [UInt8] = []
  package private(set) var count = 0

  private let machine: UInt64
  private let keys: FleetKeys
  /// Bytes that many rows share, and those of the last row: most are like it.
  private var encodedNames: [NameColumns: [UInt8]] = [:]
  private var lastNames: (key: NameColumns, bytes: [UInt8])?
  /// Numbers by the ledger's ids: a hash of a name is dear.
  private var sessions: [Int64: UInt64] = [:]
  private var writers: [Int64: UInt64] = [:]

  /// What many rows share.
  private struct NameColumns: Hashable {
    var model: Int64
    var writer: Int64?
    var route: Route
    var source: UsageSource
    var failure: FailureKind?
    var trace: Unmeasured.Trace?
    var reason: UnmeasuredReason?
  }

  package init(machine: UInt64, keys: FleetKeys) {
    self.machine = machine
    self.keys = keys
  }

  /// Forgets the rows, and keeps their room.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
  }

  /// Adds a row to the bytes and to its hour.
  package mutating func add(_ row: PushRow, _ names: PushNames, to hour: inout PushedHour) {
    let start = bytes.count
    RowBinary.add(machine, bytes: 8, to: &bytes)
    RowBinary.add(UInt64(hour.hour), bytes: 4, to: &bytes)
    RowBinary.add(UInt64(hour.version), bytes: 8, to: &bytes)
    let keyPlace = bytes.count
    RowBinary.add(0, bytes: 8, to: &bytes)
    RowBinary.add(row.started, to: &bytes)
    let session = session(row, names)
    RowBinary.add(session, bytes: 8, to: &bytes)
    RowBinary.add(UInt64(row.requests), bytes: 4, to: &bytes)
    addNames(row, names)
    // One by one, because a list would be made for each row.
    RowBinary.add(row.duration, to: &bytes)
    RowBinary.add(row.firstToken, to: &bytes)
    RowBinary.add(row.stream, to: &bytes)
    RowBinary.add(row.prompt, to: &bytes)
    RowBinary.add(row.tokens.input, to: &bytes)
    RowBinary.add(row.tokens.cacheRead, to: &bytes)
    RowBinary.add(row.tokens.cacheWrite5m, to: &bytes)
    RowBinary.add(row.tokens.cacheWrite1h, to: &bytes)
    RowBinary.add(row.tokens.output, to: &bytes)
    RowBinary.add(row.tokens.reasoning, to: &bytes)
    RowBinary.add(row.caching.cacheable, to: &bytes)
    RowBinary.add(row.caching.read5m, to: &bytes)
    RowBinary.add(row.caching.read1h, to: &bytes)
    RowBinary.add(row.claim, to: &bytes)
    RowBinary.add(row.webSearches, to: &bytes)
    RowBinary.add(row.promptBytes, to: &bytes)
    RowBinary.add(row.answerBytes, to: &bytes)
    RowBinary.add(row.estimatedInput, to: &bytes)
    RowBinary.add(row.estimatedOutput, to: &bytes)
    count += 1
    // All but machine, hour and version, which change nothing of what is said.
    let content = hash(from: keyPlace + 8)
    // A sum has no name of its own: it is what it says.
    let writer = writer(row, names)
    let key =
      row.writer == nil
      ? FleetKeys.mix(machine, content, 0, 0) : keys.key(row, writer: writer, session: session)
    for byte in 0..<8 { bytes[keyPlace + byte] = UInt8(truncatingIfNeeded: key >> (8 * UInt64(byte))) }
    assert(start == keyPlace - 20)
    hour.rows += 1
    hour.requests += row.requests
    hour.digest &+= key
    hour.content &+= FleetKeys.mixed(content ^ key)
    let quarter = UInt8(1) << UInt8((row.started / 900_000) % 4)
    if row.route == .direct { hour.direct |= quarter } else { hour.routed |= quarter }
  }

  private mutating func session(_ row: PushRow, _ names: PushNames) -> UInt64 {
    guard let id = row.session else { return 0 }
    if let known = sessions[id] { return known }
    guard let name = names.sessions[id] else { return 0 }
    let number = keys.session(name)
    sessions[id] = number
    return number
  }

  private mutating func writer(_ row: PushRow, _ names: PushNames) -> UInt64? {
    guard let id = row.writer else { return nil }
    if let known = writers[id] { return known }
    guard let name = names.writers[id] else { return nil }
    let number = keys.writer(name)
    writers[id] = number
    return number
  }

  private mutating func addNames(_ row: PushRow, _ names: PushNames) {
    let key = NameColumns(
      model: row.model, writer: row.writer, route: row.route, source: row.source, failure: row.failure,
      trace: row.trace, reason: row.reason)
    if let lastNames, lastNames.key == key {
      bytes.append(contentsOf: lastNames.bytes)
      return
    }
    if let known = encodedNames[key] {
      bytes.append(contentsOf: known)
      lastNames = (key, known)
      return
    }
    var new: [UInt8] = []
    let (model, variant) =
      names.models[row.model] ?? (model: ModelID(provider: "unknown", model: "unknown"), variant: CallVariant.none)
    for word in [
      SentName.host(model.provider), SentName.model(model.model), SentName.host(variant.host ?? ""),
      variant.speed ?? "", variant.geo ?? "", variant.tier ?? "",
    ] {
      RowBinary.add(word, to: &new)
    }
    for mark in [variant.isBatch, variant.isSplitUnknown, variant.isAssumed] { new.append(mark ? 1 : 0) }
    for word in [
      row.writer.flatMap { names.writers[$0]?.source } ?? "", row.route.rawValue, row.source.rawValue,
      row.failure?.rawValue ?? "", row.trace?.word ?? "", row.reason?.word ?? "",
    ] {
      RowBinary.add(word, to: &new)
    }
    encodedNames[key] = new
    lastNames = (key, new)
    bytes.append(contentsOf: new)
  }

  /// Eight bytes at a time: of a million rows a byte at a time would be a third of all the work.
  private func hash(from start: Int) -> UInt64 {
    unsafe bytes.withUnsafeBytes { bytes in
      var (hash, place) = (UInt64(bytes.count - start), start)
      while place + 8 <= bytes.count {
        let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        hash = FleetKeys.mixed(hash ^ word)
        place += 8
      }
      var rest: UInt64 = 0
      while place < bytes.count {
        rest = unsafe rest << 8 | UInt64(bytes[place])
        place += 1
      }
      return FleetKeys.mixed(hash ^ rest)
    }
  }

  /// The rows of `commits`.
  package static func commits(_ hours: [PushedHour], machine: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    for hour in hours {
      RowBinary.add(machine, bytes: 8, to: &bytes)
      RowBinary.add(UInt64(hour.hour), bytes: 4, to: &bytes)
      RowBinary.add(UInt64(hour.version), bytes: 8, to: &bytes)
      RowBinary.add(UInt64(hour.rows), bytes: 4, to: &bytes)
      RowBinary.add(UInt64(hour.requests), bytes: 8, to: &bytes)
      RowBinary.add(hour.digest, bytes: 8, to: &bytes)
      bytes += [hour.routed, hour.direct]
      RowBinary.add(UInt64(FleetSchema.version), bytes: 2, to: &bytes)
    }
    return bytes
  }

  /// The row of `machine`.
  /// - Parameter seen: epoch milliseconds.
  package static func machine(_ machine: UInt64, seen: Int64, name: String, team: String) -> [UInt8] {
    var bytes: [UInt8] = []
    RowBinary.add(machine, bytes: 8, to: &bytes)
    RowBinary.add(seen, to: &bytes)
    RowBinary.add(name, to: &bytes)
    RowBinary.add(team, to: &bytes)
    return bytes
  }
}

extension Unmeasured.Trace {
  /// As a server has it.
  var word: String {
    switch self {
    case .nothing: "nothing"
    case .streamWithoutUsage: "stream_without_usage"
    case .cut: "cut"
    }
  }

  init?(word: String) {
    guard let trace = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = trace
  }
}
