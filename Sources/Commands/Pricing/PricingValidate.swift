import Foundation
import ArgumentParser
import Pricing
import Report
import Model

/// `ccr-audit pricing validate`: what is wrong with a pricing folder.
struct PricingValidate: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Say what is wrong in the pricing files, and where.",
    discussion: "Exit codes: 0 the table can be used; 1 it cannot; 2 there is none.")

  @Argument(help: "The folder. (default: the configured one, else pricing)", completion: .directory)
  var folder: String?

  @Option(help: "How to print.")
  var format = Format.text

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let path = workspace.pricingFolder(folder)
    var findings: [Diagnostic]
    let today = CivilDay(milliseconds: context.now(), in: .gmt)
    do throws(PricingError) {
      do throws(PricingError) {
        findings = try PriceTable.load(folder: path, today: today).warnings
      } catch .invalid(let all) {
        // The own folder need not stand alone: it may only say which plans of the program are paid.
        guard let catalogue = workspace.catalogue,
          let table = try? PriceTable.load(folder: path, over: catalogue, today: today)
        else { throw PricingError.invalid(all) }
        findings = table.warnings
      }
    } catch .invalid(let all) {
      findings = all
    } catch .noFolder where folder == nil {
      throw CommandFailure(
        "there are no pricing files of your own: \(path) is no folder",
        hint: "the prices within the program apply; `ccr-audit pricing add` begins a folder, or name one")
    } catch {
      throw CommandFailure("\(error)")
    }
    // People and pull requests know files from where they stand.
    let here = context.currentDirectory + "/"
    for index in findings.indices where findings[index].file.hasPrefix(here) {
      findings[index].file.removeFirst(here.count)
    }
    switch format {
    case .text: findings.forEach { context.output.write(SafeText.visible($0.description) + "\n") }
    case .github: context.output.write(GateAnnotations.text(findings.map(Self.annotation)))
    }
    let errors = findings.count { $0.severity == .error }
    guard errors == 0 else {
      throw CommandFailure("\(Figures.count(errors, "error")) in \(path)", status: .policy)
    }
    workspace.notes.note("\(path) can be used; \(Figures.count(findings.count, "warning"))")
  }

  private static func annotation(_ finding: Diagnostic) -> GateAnnotations.Annotation {
    GateAnnotations.Annotation(
      level: finding.severity == .error ? .error : .warning, title: "Pricing table",
      text: SafeText.visible((finding.key.map { "\($0): " } ?? "") + finding.message),
      place: (SafeText.visible(finding.file), finding.line, finding.column))
  }

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text
    case github
  }
}
