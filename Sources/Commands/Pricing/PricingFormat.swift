import ArgumentParser
import Foundation
import Pricing
import Report

/// `ccr-audit pricing fmt`: the usual form of pricing files.
struct PricingFormat: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Put amounts into quotes and mend line ends; order and comments stay.",
    discussion: "Exit codes: 0 done; 1 with --check, a file is not in the usual form; 2 the table cannot be used.")

  @Argument(help: "The folder. (default: the configured one, else pricing)", completion: .directory)
  var folder: String?

  @Flag(help: "Write nothing; only name the files.")
  var check = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let path = workspace.pricingFolder(folder)
    let before: PriceTable
    before = try workspace.table(inFolder: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    var files: [PricingFile] = []
    for name in names.sorted() where !name.hasPrefix(".") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml")) {
      let bytes = try CommandFailure.reading("\(path)/\(name)", at: "\(path)/\(name)")
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandFailure("\(path)/\(name) is not UTF-8 text")
      }
      files.append(PricingFile(name: "\(path)/\(name)", text: text))
    }
    let formatted = files.map { PricingFile(name: $0.name, text: $0.formatted) }
    // A form that changed a fact would be worse than none.
    guard
      (try? PriceTable.load(files: formatted, over: before.isLayered ? workspace.catalogue : nil))?.version
        == before.version
    else {
      throw CommandFailure("the usual form would change what \(path) says; nothing was written")
    }
    let changed = zip(files, formatted).filter { Array($0.text.utf8) != Array($1.text.utf8) }.map(\.1)
    for file in changed {
      context.output.write(file.name + "\n")
      if !check { try write(file) }
    }
    if check, !changed.isEmpty {
      throw CommandFailure(
        "\(Figures.count(changed.count, "file")) not in the usual form", hint: "run `ccr-audit pricing fmt`",
        status: .policy)
    }
  }

  private func write(_ file: PricingFile) throws(CommandFailure) {
    do throws(SystemError) {
      try AtomicFile.rewrite(Array(file.text.utf8), at: file.name)
    } catch {
      throw CommandFailure("cannot write \(file.name): \(error)")
    }
  }
}
