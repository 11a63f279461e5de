import Commands
import Foundation

exit(CCRAudit.run())
