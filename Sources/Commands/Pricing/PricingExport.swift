import ArgumentParser
import Foundation
import Pricing
import Report

/// `ccr-audit pricing export`: the table as files.
struct PricingExport: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the table as pricing files, which load as the same table.",
    discussion: """
      Both layers, the prices within the program and your own folder, as one file a provider: to read them, to keep them \
      under version control, or to go on from them with `builtin: false`. With --used only the models that the ledger \
      holds, and the baseline.

        ccr-audit pricing export pricing
        ccr-audit pricing export prices-of-ours --used
      """)

  @Argument(help: "The folder, which may hold none of these files yet.", completion: .directory)
  var folder: String

  @Flag(help: "Only the models of the ledger, and the baseline.")
  var used = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let path = context.absolute(folder)
    let own = try workspace.ownPricingFiles()
    let models = try used ? workspace.ledgerModels() + [workspace.settings.baseline.value] : nil
    let files: [PricingFile]
    do throws(PricingError) {
      let table = try PriceTable.load(files: own, over: workspace.catalogue)
      files = PriceExport.files(of: table, own: own, used: models)
      let again = try PriceTable.load(files: files, over: used ? workspace.catalogue : nil)
      let isSame = models?.allSatisfy { again.pricedModel($0) == table.pricedModel($0) }
      guard isSame ?? (again.version == table.version) else {
        throw PricingError.unreadable(path: path, reason: "the files would not say the same; nothing was written")
      }
    } catch {
      throw CommandFailure("\(error)")
    }
    guard !files.isEmpty else { throw CommandFailure("the table has none of the ledger's models; nothing was written") }
    for file in files where FileManager.default.fileExists(atPath: "\(path)/\(file.name)") {
      throw CommandFailure("\(Display.text("\(path)/\(file.name)")) is there already", hint: "name a new folder")
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure("cannot make the folder \(Display.text(path)): \(error.localizedDescription)")
    }
    for file in files { try AtomicFile.save(file.text, to: "\(path)/\(file.name)") }
    context.output.write("\(Figures.count(files.count, "file")) in \(Display.text(path))\n")
  }
}
