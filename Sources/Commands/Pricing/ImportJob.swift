import Foundation
import Pricing
import Report
import Model

/// One import: lists are read, models are looked for in them, and the files are written at the end, or not at all.
struct ImportJob {
  /// The first day of the prices, where the user names one.
  var effective: CivilDay?
  /// Whether the lists' dated past is taken over, too.
  var takesHistory = false
  /// The day of each model's first request without a price.
  var needed: [ModelID: CivilDay] = [:]
  /// The list to believe.
  var prefer: PriceSource?

  private let workspace: Workspace
  private let today: CivilDay
  private let original: [PricingFile]
  private var folder: PriceImport
  private var lists: [PriceList] = []
  /// What happened, a line a model.
  private var lines: [String] = []
  private var rows: [ImportReport.Row] = []
  /// How many models somebody must decide about.
  private var undecided = 0
  private var unlisted = 0
  /// How many models of the ledger only other sellers have.
  private var elsewhere = 0
  /// How many models of the ledger the program's own catalogue prices.
  private var below = 0
  /// More offers of one model than anybody compares.
  private static let mostRows = 40

  /// A model in one of the lists.
  private struct Offer {
    var list: PriceList
    var listing: Listing
    var price: ImportedPrice?
    /// How much it says.
    var figures: Int { price?.figures ?? 0 }
  }

  init(_ workspace: Workspace, today: CivilDay) throws(CommandFailure) {
    let path = workspace.pricingFolder(nil)
    do throws(PricingError) {
      // The user's own folder is made where there is none yet.
      let isNew = workspace.settings.pricing.value == nil && !FileManager.default.fileExists(atPath: path)
      original = isNew ? [] : try PriceTable.files(ofFolder: path)
      folder = try PriceImport(files: original, folder: path, over: workspace.catalogue)
    } catch .noFolder {
      throw CommandFailure(
        "there is no pricing folder \(path) to write into", hint: "make it, or leave `pricing` out of the configuration"
      )
    } catch {
      throw CommandFailure("\(error)")
    }
    self.workspace = workspace
    self.today = today
  }

  mutating func read(_ file: String, of source: PriceSource) throws(CommandFailure) {
    let bytes: [UInt8]
    let name = file == "-" ? "standard input" : file
    do throws(SystemError) {
      bytes = try contents(file)
    } catch {
      throw CommandFailure("cannot read \(Display.text(name)): \(error)")
    }
    do throws(ImportFault) {
      let list = try PriceList(bytes, of: source, file: Display.text(name))
      let faulty = list.listings.count { if case .failure = $0.prices { true } else { false } }
      workspace.notes.note(
        "\(list.file): \(Figures.count(list.listings.count, "model")) of \(source.rawValue), \(faulty) of them without a"
          + " price that can be taken over")
      lists.append(list)
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  /// At most a byte more than a list may have, so that an endless file ends.
  private func contents(_ file: String) throws(SystemError) -> [UInt8] {
    let path = workspace.context.absolute(file)
    let descriptor = file == "-" ? workspace.context.inputDescriptor : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer { if file != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    while bytes.count <= PriceList.largestFile {
      let chunk = try Descriptor.read(1 << 20, from: descriptor)
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return bytes
  }

  /// Looks for a model in every list and adds its price.
  /// - Parameter isNamed: whether the user asked for this very model, so that having no price for it is a failure.
  mutating func add(_ wanted: WantedModel, isNamed: Bool) {
    let id = folder.table.resolve(wanted.id) ?? wanted.id
    let wanted = WantedModel(id, key: wanted.key)
    let name = Display.text(id.description)
    do throws(ImportFault) {
      try folder.checkBilling(of: id, at: effective ?? today)
    } catch {
      lines.append("\(name): left out: \(Display.text(error.description))")
      if isNamed { undecided += 1 }
      return
    }
    if !isNamed, first(of: id) == nil, folder.isPricedBelow(id, on: effective ?? today) {
      below += 1
      workspace.notes.detail("\(name): has a price of the program's own, and keeps it")
      return
    }
    var offers: [Offer] = []
    var candidates: [Offer] = []
    var mustChoose = false
    for list in lists {
      func offer(_ listing: Listing) -> Offer {
        Offer(list: list, listing: listing, price: listing.price(on: effective ?? today))
      }
      switch list.find(wanted, in: folder.table) {
      case .listing(let listing): offers.append(offer(listing))
      case .several(let listings):
        candidates += listings.map(offer)
        mustChoose = mustChoose || prefer == nil || prefer == list.source
      case .elsewhere(let listings): candidates += listings.map(offer)
      case .none: break
      }
    }
    if let prefer, let preferred = offers.first(where: { $0.list.source == prefer }) { offers = [preferred] }
    let priced = offers.filter { $0.price != nil }
    guard !mustChoose, let best = priced.max(by: { $0.figures < $1.figures }) else {
      if !candidates.isEmpty, isNamed || mustChoose {
        lines.append("\(name): the lists have it under other names; choose with --model \(name)=NAME")
        rows += candidates.prefix(Self.mostRows).map { row(id, $0) }
        if candidates.count > Self.mostRows {
          lines.append("  the table shows \(Self.mostRows) of \(candidates.count)")
        }
        undecided += 1
      } else if let offer = offers.first {
        refuse(name, offer, Self.reason(offer, on: effective ?? today), isNamed)
      } else if isNamed {
        lines.append("\(name): in none of the lists")
        undecided += 1
      } else if let other = candidates.first {
        elsewhere += 1
        workspace.notes.detail("\(name): only at other sellers, as \(origin(other))")
      } else {
        unlisted += 1
        workspace.notes.detail("\(name): in none of the lists")
      }
      return
    }
    let agree = priced.allSatisfy { left in
      priced.allSatisfy { right in
        guard let price = left.price, let other = right.price else { return true }
        return price.agrees(with: other, left.list.source, right.list.source)
      }
    }
    guard agree else {
      lines.append("\(name): the lists disagree; choose with --prefer SOURCE")
      rows += priced.map { row(id, $0) }
      undecided += 1
      return
    }
    add(best, to: id, name, neededFrom: first(of: id), isNamed)
  }

  /// The first day on which a model, under any of its names, lacks a price.
  private func first(of id: ModelID) -> CivilDay? {
    needed.filter { (folder.table.resolve($0.key) ?? $0.key) == id }.values.min()
  }

  private mutating func add(
    _ offer: Offer, to id: ModelID, _ name: String, neededFrom needed: CivilDay?, _ isNamed: Bool
  ) {
    // A price of another seller than the one that is called is at most like it.
    let seller =
      PriceList.isOfSeller(offer.listing, id, in: folder.table)
      ? "" : "; the price of another seller, \(Display.text(offer.listing.provider))"
    do throws(ImportFault) {
      let outcome = try folder.add(
        offer.listing, of: offer.list.source, to: id, today: today,
        reach: PriceImport.Reach(effective: effective, needed: needed, takesHistory: takesHistory))
      switch outcome {
      case .unchanged: lines.append("\(name): unchanged (\(origin(offer)))\(seller)")
      case .added(let days, let lost, let hours):
        let first = days.first == needed ? ", the first from the day of its first request without a price" : ""
        let days = days.map(\.description).joined(separator: " and ")
        lines.append("\(name): new entry from \(days)\(first) (\(origin(offer)))\(seller)")
        if let hours { lines.append("  the list does not date its rates by the hour: they are taken from \(hours) on") }
        if !lost.isEmpty {
          let classes = lost.map(\.rawValue).joined(separator: ", ")
          lines.append("  it has no rate for \(classes), which the entry before had: another rate applies to them now")
        }
      }
    } catch {
      refuse(name, offer, error.description, isNamed)
    }
  }

  private mutating func refuse(_ name: String, _ offer: Offer, _ reason: String, _ isNamed: Bool) {
    lines.append("\(name): left out: \(Display.text(reason)) (\(origin(offer)))")
    if isNamed { undecided += 1 }
  }

  private func origin(_ offer: Offer) -> String {
    "\(offer.list.source.rawValue) \(Display.text(offer.listing.key)), \(offer.list.file):\(offer.listing.line)"
  }

  private static func reason(_ offer: Offer, on day: CivilDay) -> String {
    guard case .failure(let fault) = offer.listing.prices else { return "has no price on \(day)" }
    return fault.description
  }

  private func row(_ id: ModelID, _ offer: Offer) -> ImportReport.Row {
    ImportReport.Row(model: id, source: offer.list.source.rawValue, listing: offer.listing, price: offer.price)
  }

  /// Writes what was added, or shows it, and says what happened.
  func finish(dryRun: Bool) throws(CommandFailure) {
    let changes = folder.changes(from: original)
    let context = workspace.context
    if dryRun {
      for change in changes {
        context.output.write(UnifiedDiff.text(from: change.before, to: change.file.text, path: shown(change.file.name)))
      }
      lines.forEach(workspace.notes.note)
    } else {
      for change in changes { try check(change.file.name, isNew: change.before == nil) }
      for change in changes { try write(change.file) }
      lines.forEach { context.output.write($0 + "\n") }
    }
    if !rows.isEmpty {
      let table = "\n" + ImportReport.comparison(rows, style: workspace.style)
      if dryRun { workspace.notes.note(table) } else { context.output.write(table) }
    }
    if elsewhere > 0 {
      workspace.notes.note(
        "\(Figures.count(elsewhere, "model")) of the ledger only at other sellers, whose prices are not theirs;"
          + " --verbose names them, --model NAME=LISTED takes one")
    }
    if below > 0 {
      workspace.notes.note(
        "\(Figures.count(below, "model")) of the ledger with a price of the program's own, which stays;"
          + " --model takes one")
    }
    if unlisted > 0 { workspace.notes.note("\(Figures.count(unlisted, "model")) of the ledger in none of the lists") }
    guard undecided == 0 else { throw CommandFailure("\(Figures.count(undecided, "model")) not imported") }
  }

  /// A file from where the user stands.
  private func shown(_ path: String) -> String {
    let here = workspace.context.currentDirectory + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  /// A link would be replaced by a file, and its target would stay as it was.
  private func check(_ path: String, isNew: Bool) throws(CommandFailure) {
    let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    guard isNew ? type == nil : type == .typeRegular else {
      throw CommandFailure(
        isNew ? "\(path) is in the way of a new file" : "\(path) is not a file of its own but a link",
        hint: isNew ? nil : "name the folder that really holds the files")
    }
  }

  private func write(_ file: PricingFile) throws(CommandFailure) {
    try? FileManager.default.createDirectory(
      atPath: URL(filePath: file.name).deletingLastPathComponent().path(percentEncoded: false),
      withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try AtomicFile.save(file.text, to: file.name)
  }
}
