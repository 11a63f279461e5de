import ArgumentParser
import Audit
import Foundation
import Pricing
import Report
import Model

/// `ccr-audit pricing diff`: what a change of the table does.
struct PricingDiff: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what changes between two tables, and what that does to real traffic.",
    discussion: """
      A side is a folder, or a git revision (git:REF where a folder has the same name), of which the pricing folder is \
      read. Traffic is the history's, at the prices of both sides.

        ccr-audit pricing diff origin/main
        ccr-audit pricing diff v1 v2 --history history.jsonl --format markdown
      """)

  @Argument(help: "The table before: a folder or a git revision.")
  var base: String

  @Argument(help: "The table after. (default: the pricing folder as it is)")
  var head: String?

  @Option(help: "The days to look at, back from the newest record: 30d, 4w, all.")
  var window = DayWindow(days: 30)

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.", completion: .models)
  var baseline: String?

  @Option(help: "How to print.")
  var format = Format.table

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let flags = baseline.map { [FlagValue(\.baseline, "--baseline", [$0])] } ?? []
    let workspace = try Workspace(options, in: context, flags: flags)
    let old = try workspace.complete(table(base, beside: head, workspace))
    let now =
      if let head { try table(head, beside: base, workspace) } else {
        try load(workspace.pricingFolder(nil), workspace)
      }
    let new = try workspace.complete(now)
    let diff = PriceTableDiff(from: old, to: new)
    workspace.sayRatioIsPlain()
    let effect = try effect(from: old, to: new, workspace)
    switch format {
    case .table: context.output.write(PricingDiffReport.table(diff, effect, style: workspace.style))
    case .markdown: context.output.write(PricingDiffReport.markdown(diff, effect))
    }
  }

  private func load(_ folder: String, _ workspace: Workspace) throws(CommandFailure) -> PriceTable {
    try workspace.table(inFolder: folder)
  }

  /// The folder that a side names; `nil` where it names a revision.
  private func existingFolder(_ name: String?, _ workspace: Workspace) -> String? {
    guard let name, !name.hasPrefix("git:") else { return nil }
    let path = workspace.context.absolute(name)
    var isFolder: ObjCBool = false
    let isThere = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return isThere && isFolder.boolValue ? path : nil
  }

  /// - Parameter other: the other side; a folder there is the one to be read of a revision, where none is configured.
  private func table(
    _ name: String, beside other: String?, _ workspace: Workspace
  ) throws(CommandFailure) -> PriceTable {
    if let named = existingFolder(name, workspace) { return try load(named, workspace) }
    let path = workspace.context.absolute(name)
    let configured = workspace.pricingFolder(nil)
    let isThere = FileManager.default.fileExists(atPath: configured)
    let chosen = isThere ? configured : existingFolder(other, workspace) ?? configured
    let (git, folder) = Git.holding(chosen, in: workspace.context)
    let commit: Git.Commit
    do throws(CommandFailure) {
      commit = try git.commit(name.hasPrefix("git:") ? String(name.dropFirst(4)) : name)
    } catch {
      guard !name.hasPrefix("git:") else { throw error }
      throw CommandFailure(
        "there is no folder \(Display.text(path)), and \(error.sentence)",
        hint: error.hint ?? "name a folder of prices, or let `pricing:` name one in a git repository")
    }
    // A side without a table is an empty one: everything is added, or removed.
    let files = try git.pricingFiles(in: folder, at: commit)
    return try CommandFailure.ofPricing { () throws(PricingError) in try PriceTable.load(files: files) }
  }

  private func effect(
    from old: PriceTable, to new: PriceTable, _ workspace: Workspace
  ) throws(CommandFailure) -> PricingEffect? {
    let now = workspace.context.now()
    let side = GateSide(
      try HistoryStore(workspace).read(), scope: workspace.settings.scope.value, now: now)
    guard let days = side.window(days: window.days) else {
      workspace.notes.note("there is no history at \(workspace.settings.history.value)")
      return nil
    }
    return PricingEffect(
      of: side, days: max(days.lowerBound, side.records.first?.day ?? days.lowerBound)...days.upperBound,
      baseline: workspace.settings.baseline.value, now: now, from: old, to: new)
  }

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table
    case markdown
  }
}
