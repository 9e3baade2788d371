# Joins the style sheets: one sheet per audience and direction, nothing else
# is loaded by a page. The joined files are committed; run this after a change.
STATIC := app/static
CSS := $(STATIC)/css
GOVUK := $(STATIC)/vendor/govuk-frontend-6.6.0

.PHONY: static
static: ## join the style sheets after a change
	cat $(GOVUK).ltr.css $(CSS)/tokens.css $(CSS)/jaliya.css > $(CSS)/citizen.ltr.css
	cat $(GOVUK).rtl.css $(CSS)/tokens.css $(CSS)/jaliya.css > $(CSS)/citizen.rtl.css
	cat $(CSS)/citizen.ltr.css $(CSS)/staff.css > $(CSS)/staff.ltr.css
	cat $(CSS)/citizen.rtl.css $(CSS)/staff.css > $(CSS)/staff.rtl.css
	cat $(CSS)/tokens.css $(CSS)/print.css > $(CSS)/paper.css
	cat $(CSS)/tokens.css $(CSS)/board.css > $(CSS)/hall.css
