import Audit
import Foundation
import Ledger
import Pricing
import Reading
import Model

/// Gathers what the doctor judges. Reads only: neither a router's files nor the ledger's rows are changed.
struct FactsGatherer {
  private let workspace: Workspace
  private var context: Context { workspace.context }
  private var settings: Settings { workspace.settings }

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// All facts.
  /// - Throws: `CommandFailure`, where ledger or pricing table cannot be used.
  func facts() throws(CommandFailure) -> DoctorFacts {
    var facts = DoctorFacts(
      now: context.now(), routerConfigPath: settings.routerConfig.value, configuredPlaces: places)
    facts.missingPlaces = settings.missingLogs
    facts.routerConfig = routerConfig()
    // Opening the ledger may touch its files.
    let ledgerPath = settings.ledger.value
    let written = [ledgerPath, ledgerPath + "-wal"].compactMap(modified).max()
    if written == nil { _ = try workspace.hasLedger() }
    let ledger = try written.map { _ throws(CommandFailure) in try workspace.ledgerToRead(migrating: false) }
    try gatherFiles(&facts, ledger)
    facts.version = version(of: facts)
    if let ledger, let written { facts.ledger = try self.facts(of: ledger, written: written, now: facts.now) }
    facts.openFiles = openFiles(facts)
    return facts
  }

  /// The configured places, without slashes at their ends.
  private var places: [String] {
    settings.logs.value.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
  }

  private func routerConfig() -> DoctorFacts.RouterConfig {
    let path = settings.routerConfig.value
    do throws(SystemError) {
      let data = Data(try Descriptor.settledContents(ofFile: path))
      do throws(LogError) {
        return .found(try RouterConfiguration(contentsOf: data, path: path))
      } catch {
        return .unreadable(error.description)
      }
    } catch {
      return error.isNoSuchFile ? .missing : .unreadable("\(path): \(error)")
    }
  }

  /// Looks into the configured places and into those where routers and clients usually write.
  private func gatherFiles(_ facts: inout DoctorFacts, _ ledger: LedgerFile?) throws(CommandFailure) {
    var seen: Set<String> = []
    let usual = Settings(defaultsIn: context).logs.value
    let surroundings = Surroundings(environment: context.environment, home: context.homeDirectory)
    let freeClaudeCode = FreeClaudeCodeLog.places(in: surroundings).first
    facts.freeClaudeCodeSettings = FreeClaudeCodeLog.settings(in: surroundings)
    facts.freeClaudeCodeLevel = level(in: facts.freeClaudeCodeSettings) ?? context.variable("LOG_LEVEL")
    for place in places + usual.filter({ !places.contains($0) }) {
      var files: [SourceFile] = []
      do throws(LedgerError) {
        files = try SourceFile.files(at: place, ledger: ledger) { facts.unreadable.append($0) }
          .filter { seen.insert($0.path).inserted }
      } catch {
        switch error {
        case .noSuchPath: break
        case .log(let failure): facts.unreadable.append(failure.description)
        default: throw CommandFailure(error)
        }
      }
      files.sort { $0.path < $1.path }
      if place.hasSuffix("/projects") {
        facts.transcripts.append(transcripts(in: place, files.filter { $0.path.hasSuffix(".jsonl") }))
        continue
      }
      for file in files {
        if let packer = SourceSniffer.packer(ofFileAt: file.path) {
          facts.packed.append(LogError.packed(path: file.path, by: packer).description)
          continue
        }
        switch file.path.split(separator: "/").last ?? "" {
        case let name where name.hasPrefix("ccr-") && name.hasSuffix(".log"):
          facts.logs.append(file)
          facts.routersOwnLogs.insert(file.path)
        case "usage.sqlite", "request-logs.sqlite":
          try store(file.path, ledger).map { facts.stores.append($0) }
        case let name where place == freeClaudeCode && name.hasPrefix("server.") && name.contains("log"):
          facts.freeClaudeCodeLogs.append(file)
        case "server.log": facts.proxyLogs.append(file)
        case "cc-switch.db": facts.ccSwitchStores.append(ccSwitch(file.path, ledger, now: facts.now))
        // A container's log, or a copy, has any name.
        default:
          if (try? SourceSniffer.kind(ofFileAt: file.path))?.log == .claudeCodeRouter { facts.logs.append(file) }
        }
      }
    }
  }

  /// The log level that free-claude-code's settings name. The file holds keys, too: nothing else of it is kept.
  private func level(in path: String) -> String? {
    guard let bytes = try? Descriptor.contents(ofFile: path) else { return nil }
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: Array("LOG_LEVEL=".utf8)) {
      let word = line.dropFirst(10).filter { (0x41...0x5a).contains($0 & 0xdf) }
      return String(decoding: word.prefix(16), as: UTF8.self)
    }
    return nil
  }

  private func store(_ path: String, _ ledger: LedgerFile?) throws(CommandFailure) -> DoctorFacts.Store? {
    let folder = URL(filePath: settings.ledger.value).deletingLastPathComponent().path
    do throws(LedgerError) {
      return try SourceStore.look(at: path, temporaryFolder: folder, ledger: ledger).map { .read($0) }
    } catch {
      guard case .store(let failure) = error else { throw CommandFailure(error) }
      return .failed(failure.description)
    }
  }

  private func transcripts(in folder: String, _ files: [SourceFile]) -> DoctorFacts.Transcripts {
    let path = URL(filePath: folder).deletingLastPathComponent().appending(path: "settings.json").path
    let data = try? Descriptor.contents(ofFile: path)
    // Each by itself: what is wrong with one says nothing of the other.
    func decoded<Part: Decodable>(_ part: Part.Type) -> Part? {
      data.flatMap { try? JSONDecoder().decode(part, from: Data($0)) }
    }
    let days = decoded(Cleanup.self)?.cleanupPeriodDays
    return DoctorFacts.Transcripts(
      folder: folder, files: files, cleanupDays: days.map { min(max($0, 0), 100_000) } ?? 30, settings: path,
      client: client(decoded(ClientSettings.self)?.env))
  }

  private struct Cleanup: Decodable { var cleanupPeriodDays: Int64? }

  /// Claude Code's `settings.json`. Of the environment that it sets nothing else is decoded: keys stand there, too.
  private struct ClientSettings: Decodable {
    var env: Environment?

    struct Environment: Decodable {
      var address: String?
      var telemetry: String?
      var logsExporter: String?

      enum CodingKeys: String, CodingKey {
        case address = "ANTHROPIC_BASE_URL"
        case telemetry = "CLAUDE_CODE_ENABLE_TELEMETRY"
        case logsExporter = "OTEL_LOGS_EXPORTER"
      }
    }
  }

  private func client(_ settings: ClientSettings.Environment?) -> DoctorFacts.ClientSettings {
    typealias Key = ClientSettings.Environment.CodingKeys
    let isOn = settings?.telemetry ?? context.variable(Key.telemetry.rawValue)
    return DoctorFacts.ClientSettings(
      address: settings?.address ?? context.variable(Key.address.rawValue),
      isTelemetryOn: ["1", "true", "yes", "on"].contains(isOn?.lowercased() ?? ""),
      logsExporter: settings?.logsExporter ?? context.variable(Key.logsExporter.rawValue))
  }

  /// What of CC Switch's database was not read yet; nothing where it cannot be looked at.
  private func ccSwitch(_ path: String, _ ledger: LedgerFile?, now: Int64) -> DoctorFacts.CCSwitch {
    let cursor = try? ledger?.cursor(ofStore: path)
    let folder = URL(filePath: settings.ledger.value).deletingLastPathComponent()
    let found = try? CCSwitchStore.pending(at: path, temporaryFolder: folder, after: cursor, now: now)
    return DoctorFacts.CCSwitch(path: path, pending: found?.all ?? 0, doomed: found?.doomed ?? 0)
  }

  /// By what there is: stores are of 3.x; of logs the newest that holds a start of the router tells.
  private func version(of facts: DoctorFacts) -> DoctorFacts.RouterVersion? {
    if !facts.stores.isEmpty { return .three }
    if facts.logs.isEmpty {
      if case .missing = facts.routerConfig { return nil }
      return .oneOrTwo
    }
    for log in facts.logs.sorted(by: { $0.modified > $1.modified }) {
      guard let handle = FileHandle(forReadingAtPath: log.path) else { continue }
      defer { try? handle.close() }
      let front = (try? handle.read(upToCount: 1 << 16)) ?? Data()
      // No prompt can hold these: a quote inside a string of JSON is escaped.
      if front.range(of: Data(#""msg":"TokenizerService initialized"#.utf8)) != nil { return .two }
      if front.range(of: Data(#""msg":"register transformer: "#.utf8)) != nil { return .one }
    }
    return .one
  }

  /// Of how many requests the doctor makes the sums itself: a few seconds.
  private static let mostSummed = 2_000_000

  private func facts(
    of ledger: LedgerFile, written: Int64, now: Int64
  ) throws(CommandFailure) -> DoctorFacts.Ledger {
    let prices = try workspace.prices()
    var facts = DoctorFacts.Ledger(lastWritten: written)
    do throws(LedgerError) {
      facts.oddities = try ledger.oddities(now: now)
      facts.wrongSums = try ledger.differingSums(newest: Self.mostSummed)
      if let span = try ledger.span() {
        // The traffic that a report of all days shows, so that both count the same.
        let job = try? AuditJob(workspace, ledger: ledger)
        let days = try? job?.days()
        let scope = days.flatMap { days in try? job?.scope(of: days).shown } ?? .all
        let query = TrafficQuery(
          span: span.lowerBound..<(span.upperBound + 1), grain: prices.grain, timeZone: settings.timeZone.value,
          scope: scope)
        let slices = try ledger.traffic(query)
        facts.unpriced = Audit.unpriced(slices, prices: prices)
        // A bill charges whatever went by the key, past the router, too.
        var all = query
        all.scope = .all
        facts.billed = billed(scope == .all ? slices : try ledger.traffic(all), try ledger.bills(), prices)
      }
      var claims: [ModelID: DoctorFacts.Claim] = [:]
      try ledger.forEachClaim { request in
        claims[request.model, default: DoctorFacts.Claim(model: request.model)].add(request, prices)
      }
      facts.claims = claims.values.sorted { $0.model < $1.model }
    } catch {
      throw CommandFailure(error)
    }
    return facts
  }

  private func billed(
    _ slices: [TrafficSlice], _ bills: [RecordedBill], _ prices: PriceTable
  ) -> [DoctorFacts.Billed] {
    let sellers = BillSeller.allCases.flatMap { seller in
      seller.providers.compactMap { provider in seller.export(of: provider).map { (provider, $0) } }
    }
    return sellers.compactMap { provider, export in
      let own = slices.filter { slice in
        guard prices.provider(named: slice.model.provider) == provider,
          case .perToken = prices.answer(
            for: slice.model, as: slice.variant, at: slice.time, prompt: slice.prompt)
        else { return false }
        return true
      }
      let counts = own.reduce(RequestCounts.zero) { $0 + $1.counts }
      guard counts.requests > counts.failed else { return nil }
      return DoctorFacts.Billed(
        provider: provider, export: export, requests: counts.requests - counts.failed,
        unmeasured: counts.unknown + counts.estimated,
        unmeasuredModels: Self.unmeasuredModels(own), lastBill: bills.lastDay(of: provider),
        lastTokens: bills.lastDayOfTokens(of: provider))
    }
  }

  private static func unmeasuredModels(_ slices: [TrafficSlice]) -> [String] {
    let counts = slices.reduce(into: [String: Int]()) {
      $0[$1.model.model, default: 0] += $1.counts.unknown + $1.counts.estimated
    }
    return counts.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  /// Files of ours, and those that hold keys, which others may use.
  private func openFiles(_ facts: DoctorFacts) -> [DoctorFacts.OpenFile] {
    let ledger = settings.ledger.value
    let config = settings.config.value
    let folder = { (path: String) in URL(filePath: path).deletingLastPathComponent().path }
    // SQLite gives a database's companions the mode of the database.
    var places = [(path: ledger, holds: "what was asked of which model, when and for how much", isSecret: true)]
    places.append((folder(ledger), "the ledger and its companions", false))
    places.append((config, "what decides where this tool reads and writes", false))
    let beside = (try? FileManager.default.contentsOfDirectory(atPath: folder(config))) ?? []
    places += beside.filter { $0.lowercased().contains("webhook") }.sorted()
      .map { ("\(folder(config))/\($0)", "the address that anybody can send messages to", true) }
    for path in [settings.webhookFile.value, settings.heartbeatFile.value].compactMap(\.self) {
      places.append((path, "an address that anybody can send to", true))
    }
    places.append((facts.routerConfigPath, "the keys of the router's providers", true))
    return places.compactMap { path, holds, isSecret in
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
        let mode = attributes[.posixPermissions] as? Int, mode & 0o077 != 0
      else { return nil }
      let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
      return DoctorFacts.OpenFile(path: path, mode: mode & 0o777, isFolder: isFolder, holds: holds, isSecret: isSecret)
    }
  }

  /// When a file was last written to, epoch milliseconds; `nil` where there is none.
  private func modified(_ path: String) -> Int64? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.modificationDate] as? Date).map { Int64(($0.timeIntervalSince1970 * 1000).rounded(.down)) }
  }
}

extension DoctorFacts.Claim {
  /// Counts a request. A claim beside which no cost can stand is left out of the sums.
  fileprivate mutating func add(_ request: ClaimedRequest, _ prices: PriceTable) {
    requests += 1
    guard let usage = request.usage else {
      incomparable += 1
      return
    }
    switch prices.answer(for: request.model, at: request.started, prompt: usage.prompt) {
    case .perToken(let price): audited += price.rates.cost(of: usage)
    case .plan(let plan):
      plans.insert(plan.name)
      unbilled += 1
    case .free: unbilled += 1
    case .unpriced:
      incomparable += 1
      return
    }
    claimed += Money(picodollars: Int128(request.claim))
  }
}
